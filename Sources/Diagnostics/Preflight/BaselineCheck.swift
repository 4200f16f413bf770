internal import Conversations
package import HTTPClient

/// Keeps how things stand before the first step, for `inspect` to compare with.
package struct BaselineCheck: Sendable {
  package var walk: KeyWalk
  package var admin: HTTPEndpoint
  package var flag: String
  /// Over which time the proxies' counters are summed, as the admin port takes it.
  package var since: String
  /// Whether this one is compared with from now on, instead of that of day 0.
  package var replaces: Bool

  package init(_ walk: KeyWalk, admin: HTTPEndpoint, flag: String, since: String, replaces: Bool = false) {
    self.walk = walk
    self.admin = admin
    self.flag = flag
    self.since = since
    self.replaces = replaces
  }

  package func check(limitNanoseconds: UInt64) -> Check {
    Check("Baseline", limitNanoseconds: limitNanoseconds) { limit throws(CheckFault) in
      var state = try walk.state(limit)
      if replaces { state.isChosen = true }
      let fault: CheckFault?
      do throws(CheckFault) {
        state.traffic = try Traffic.read(admin, flag: flag, since: since, limit)
        fault = nil
      } catch { fault = error }
      let all = try Baselines.store(state, walk.place, limit)
      let text = Self.text(state) + Self.kept(all, state)
      if let fault {
        return .warn(
          "\(text); without traffic: \(fault.found)",
          advice: "Latency and creation can then not be compared with today's. \(fault.advice)")
      }
      guard let both = state.traffic?.both, both.requests >= InspectBounds.fewestRequests else {
        return .warn(
          "\(text); \(state.traffic?.both.requests ?? 0) requests in the last \(since)",
          advice: "Too few for a baseline of latency and creation: run preflight again under normal traffic.")
      }
      return .pass("\(text), mean \(Amount.fixed(both.mean ?? 0, 1)) ms of \(Amount.count(both.requests)) requests")
    }
  }

  /// Nothing where this state is the one that is compared with.
  static func kept(_ all: Baselines, _ state: ContextsState) -> String {
    guard let compared = all.compared, compared != state else { return "" }
    return "; compared is still with \(compared.isDayZero ? "day 0" : "that of --new-baseline"), \(compared.at)"
  }

  private static func text(_ state: ContextsState) -> String {
    let legacy = state.keys(.legacyCustomer) + state.keys(.legacyAdmin)
    return "\(Baselines.key): \(Amount.bytes(state.memory.used)), \(Amount.count(legacy)) legacy contexts, "
      + "\(Amount.count(state.keys(.unifiedMeta))) conversations"
  }
}

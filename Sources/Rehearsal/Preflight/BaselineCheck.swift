package import Conversations
internal import FoundationEssentials

/// Keeps how things stand before the first step, for `inspect` to compare with.
package struct BaselineCheck: Sendable {
  package var place: ContextPlace
  package var admin: HTTPPlace
  package var flag: String
  /// Keys a second at most; nil: as fast as they come.
  package var rate: Int?
  /// Over which time the proxies' counters are summed, as the admin port takes it.
  package var since: String

  package init(place: ContextPlace, admin: HTTPPlace, flag: String, rate: Int?, since: String) {
    self.place = place
    self.admin = admin
    self.flag = flag
    self.rate = rate
    self.since = since
  }

  package func check(limitNanoseconds: UInt64) -> Check {
    Check("Baseline", limitNanoseconds: limitNanoseconds) { limit throws(CheckFault) in
      var state = try ContextsState.read(place, rate: rate, limit).state
      let fault: CheckFault?
      do throws(CheckFault) {
        state.traffic = try Traffic.read(admin, flag: flag, since: since, limit)
        fault = nil
      } catch { fault = error }
      try Baselines.store(state, place, limit)
      let text = Self.text(state)
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

  private static func text(_ state: ContextsState) -> String {
    let legacy = state.keys(.legacyCustomer) + state.keys(.legacyAdmin)
    return "\(Baselines.key): \(Amount.bytes(state.memory.used)), \(Amount.count(legacy)) legacy contexts, "
      + "\(Amount.count(state.keys(.unifiedMeta))) conversations"
  }
}

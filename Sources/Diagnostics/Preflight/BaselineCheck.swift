internal import Bytes
internal import Conversations
package import HTTPClient

/// Stores the state before the first step, for `inspect` to compare with.
package struct BaselineCheck: Sendable {
  package var shared: SharedContextsState
  package var admin: HTTPEndpoint
  package var flag: String
  /// The time span of the proxies' counters, in the form of the admin API: `15m`.
  package var since: String
  /// Whether this state replaces that of day 0 as the baseline.
  package var replaces: Bool

  package init(_ shared: SharedContextsState, admin: HTTPEndpoint, flag: String, since: String, replaces: Bool = false)
  {
    self.shared = shared
    self.admin = admin
    self.flag = flag
    self.since = since
    self.replaces = replaces
  }

  package func check(timeout: Duration) -> DiagnosticCheck {
    DiagnosticCheck("Baseline", timeout: timeout) { deadline throws(CheckError) in
      var state = try shared.state(deadline)
      if replaces { state.isChosen = true }
      let trafficError: CheckError?
      do throws(CheckError) {
        state.traffic = try Traffic.read(admin, flag: flag, since: since, deadline)
        trafficError = nil
      } catch { trafficError = error }
      let all = try Baselines.store(state, shared.location, deadline)
      let text = Self.text(state) + Self.note(all, state)
      if let trafficError {
        return .warn(
          "\(text); without traffic: \(trafficError.found)",
          advice: "Latency and created conversations then have no baseline. \(trafficError.advice)")
      }
      guard let both = state.traffic?.both, both.requests >= InspectBounds.fewestRequests else {
        return .warn(
          "\(text); \(state.traffic?.both.requests ?? 0) requests in the last \(since)",
          advice:
            "Too few for a baseline of latency and created conversations: run preflight again under normal traffic.")
      }
      return .pass(
        "\(text), mean \(NumberText.fixed(both.mean ?? 0, 1)) ms of \(NumberText.count(both.requests)) requests")
    }
  }

  /// Empty where this state is the baseline.
  static func note(_ all: Baselines, _ state: ContextsState) -> String {
    guard let compared = all.compared, compared != state else { return "" }
    return "; the baseline remains \(compared.isDayZero ? "that of day 0" : "that of --new-baseline"), \(compared.at)"
  }

  private static func text(_ state: ContextsState) -> String {
    let legacy = state.keys(.legacyCustomer) + state.keys(.legacyAdmin)
    return "\(Baselines.key): \(NumberText.bytes(state.memory.used)), \(NumberText.count(legacy)) legacy contexts, "
      + "\(NumberText.count(state.keys(.unifiedMeta))) conversations"
  }
}

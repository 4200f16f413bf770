internal import CohortMetrics
internal import LocalServer
internal import Reactor
internal import Synchronization

/// How often the guard refused, and how long it makes those wait who try tokens.
///
/// After five wrong tokens within a minute the answer to each further wrong one is held back for a second. The right
/// token is never slowed, so nobody can lock the operator out. What is held back takes a connection, so no more than 32
/// are at a time; beyond that wrong tokens are refused at once, which is no help against 256 bits.
package final class RefusalCounters: Sendable {
  private static let minute: UInt64 = 60_000_000_000
  private static let delay: UInt64 = 1_000_000_000
  private static let freeTries = 5
  private static let heldAnswers = 32

  private struct State {
    var counts: [AdminRefusal: UInt64] = [:]
    /// When the last wrong tokens came, the latest last; at most `heldAnswers`.
    var tries: [UInt64] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// Counts one, and says how long its answer is held back. `now` in monotonic nanoseconds.
  package func add(_ refusal: AdminRefusal, now: UInt64) -> UInt64 {
    state.withLock { state in
      state.counts[refusal, default: 0] += 1
      guard refusal == .tokenWrong else { return 0 }
      let tries = state.tries
      state.tries = tries.suffix(Self.heldAnswers - 1) + [now]
      let isGuessing = tries.count >= Self.freeTries && now &- tries[tries.count - Self.freeTries] < Self.minute
      let isCrowded = tries.count == Self.heldAnswers && now &- tries[0] < Self.delay
      return isGuessing && !isCrowded ? Self.delay : 0
    }
  }

  /// By reason, all reasons.
  package var counts: [(reason: String, count: UInt64)] {
    let counts = state.withLock { $0.counts }
    return AdminRefusal.allCases.map { ($0.rawValue, counts[$0] ?? 0) }
  }

  func response(to refusal: AdminRefusal) -> Response {
    var response = refusal.response
    response.delayNanoseconds = add(refusal, now: MonotonicClock.now())
    return response
  }

  var family: MetricFamily {
    MetricFamily(
      "turnout_admin_refused_total", .counter, help: "Requests that the admin port refused, by reason.",
      samples: counts.map { MetricSample(.integer($0.count), labels: [MetricLabel("reason", $0.reason)]) })
  }
}

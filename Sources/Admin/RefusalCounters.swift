internal import CohortMetrics
internal import LocalServer
internal import Reactor
internal import Synchronization

/// Counts refusals, and delays the responses to wrong tokens.
///
/// After five wrong tokens within a minute, the response to each further one is delayed by a second. A correct token is
/// never delayed, so nobody can lock the operator out. A delayed response occupies a connection, so at most 32 wait at a
/// time; beyond that wrong tokens are refused at once, which does not help anyone to guess 256 bits.
package final class RefusalCounters: Sendable {
  private static let period = Duration.seconds(60)
  private static let delay = Duration.seconds(1)
  private static let freeTries = 5
  private static let delayedResponses = 32

  private struct State {
    var counts: [AdminRefusal: UInt64] = [:]
    /// When the last wrong tokens came, in monotonic nanoseconds, the latest last; at most `delayedResponses`.
    var tries: [UInt64] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// Counts a refusal and returns the delay of its response.
  ///
  /// - Parameter now: monotonic nanoseconds.
  package func add(_ refusal: AdminRefusal, now: UInt64) -> Duration {
    state.withLock { state in
      state.counts[refusal, default: 0] += 1
      guard refusal == .tokenWrong else { return .zero }
      let tries = state.tries
      state.tries = tries.suffix(Self.delayedResponses - 1) + [now]
      let isGuessing =
        tries.count >= Self.freeTries && now &- tries[tries.count - Self.freeTries] < Self.period.nanoseconds
      let isCrowded = tries.count == Self.delayedResponses && now &- tries[0] < Self.delay.nanoseconds
      return isGuessing && !isCrowded ? Self.delay : .zero
    }
  }

  /// All reasons, also those with 0.
  package var counts: [(reason: String, count: UInt64)] {
    let counts = state.withLock { $0.counts }
    return AdminRefusal.allCases.map { ($0.rawValue, counts[$0] ?? 0) }
  }

  func response(to refusal: AdminRefusal) -> Response {
    var response = refusal.response
    response.delay = add(refusal, now: MonotonicClock.now())
    return response
  }

  var family: MetricFamily {
    MetricFamily(
      "turnout_admin_refused_total", .counter, help: "Requests that the admin port refused, by reason.",
      samples: counts.map { MetricSample(.integer($0.count), labels: [MetricLabel("reason", $0.reason)]) })
  }
}

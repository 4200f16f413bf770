internal import Conversations
internal import Flags
internal import Reactor
internal import Synchronization

/// The counters of a sample server since its start.
package struct SampleCounts: Sendable, Codable, Equatable {
  /// Chat messages with a reply.
  package var answers: UInt64 = 0
  /// Conversations created.
  package var created: UInt64 = 0
  /// Replies without a context, because it could not be loaded or saved.
  package var contextErrors: UInt64 = 0

  enum CodingKeys: String, CodingKey {
    case answers, created
    case contextErrors = "context_errors"
  }
}

/// The log of the sample application.
package struct SampleLog: Sendable {
  package var info: @Sendable (String) -> Void
  package var error: @Sendable (String) -> Void

  package init(
    info: @escaping @Sendable (String) -> Void = { _ in }, error: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.info = info
    self.error = error
  }
}

/// Counts and logs. It logs at most one context error per second: while Redis is unreachable, every request has one.
final class SampleTally: Sendable {
  private struct State {
    var counts = SampleCounts()
    /// Nanoseconds of the monotonic clock; nil: never.
    var lastLine: UInt64?
    var unlogged = 0
  }

  private static let pause = Duration.seconds(1)

  private let log: SampleLog
  private let now: @Sendable () -> UInt64
  private let state = Mutex(State())

  init(_ log: SampleLog, clock now: @escaping @Sendable () -> UInt64 = MonotonicClock.now) {
    self.log = log
    self.now = now
  }

  var counts: SampleCounts { state.withLock { $0.counts } }

  func replied() { state.withLock { $0.counts.answers += 1 } }

  func began(_ context: Context, _ cohort: Cohort) {
    state.withLock { $0.counts.created += 1 }
    log.info("New \(context.owner.role.rawValue) conversation created: \(context.key)")
  }

  func failed(_ error: ContextError, _ cohort: Cohort) {
    let now = now()
    let unlogged: Int? = state.withLock { state in
      state.counts.contextErrors += 1
      state.unlogged += 1
      if let last = state.lastLine, now - last < Self.pause.nanoseconds { return nil }
      state.lastLine = now
      defer { state.unlogged = 0 }
      return state.unlogged
    }
    guard let unlogged else { return }
    let number = unlogged == 1 ? "" : " (\(unlogged) since the last such line)"
    log.error("Error loading \(cohort) context: \(error)\(number)")
  }
}

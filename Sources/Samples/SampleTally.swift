internal import Conversations
internal import Flags
internal import Reactor
internal import Synchronization

/// What a sample upstream did since its start.
package struct SampleCounts: Sendable, Codable, Equatable {
  /// Chat messages that were answered.
  package var answers: UInt64 = 0
  /// Conversations that began.
  package var created: UInt64 = 0
  /// Answers without a context, because it could not be loaded or kept.
  package var contextErrors: UInt64 = 0

  enum CodingKeys: String, CodingKey {
    case answers, created
    case contextErrors = "context_errors"
  }
}

/// Where the sample application says what happens, for people.
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

/// Counts, and writes the log. Errors about contexts are told once a second at most: when Redis is away, every request has
/// one.
final class SampleTally: Sendable {
  private struct State {
    var counts = SampleCounts()
    /// Nanoseconds of the monotonic clock; nil: never.
    var lastLine: UInt64?
    var untold = 0
  }

  private static let pause: UInt64 = 1_000_000_000

  private let log: SampleLog
  private let now: @Sendable () -> UInt64
  private let state = Mutex(State())

  init(_ log: SampleLog, clock now: @escaping @Sendable () -> UInt64 = MonotonicClock.now) {
    self.log = log
    self.now = now
  }

  var counts: SampleCounts { state.withLock { $0.counts } }

  func answered() { state.withLock { $0.counts.answers += 1 } }

  func began(_ context: Context, _ cohort: Cohort) {
    state.withLock { $0.counts.created += 1 }
    log.info("New \(context.owner.role.rawValue) conversation created: \(context.key)")
  }

  func failed(_ error: ContextError, _ cohort: Cohort) {
    let now = now()
    let untold: Int? = state.withLock { state in
      state.counts.contextErrors += 1
      state.untold += 1
      if let last = state.lastLine, now - last < Self.pause { return nil }
      state.lastLine = now
      defer { state.untold = 0 }
      return state.untold
    }
    guard let untold else { return }
    let number = untold == 1 ? "" : " (\(untold) since the last such line)"
    log.error("Error loading \(cohort) context: \(error)\(number)")
  }
}

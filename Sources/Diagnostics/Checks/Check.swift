internal import Reactor

/// One thing that is tried before or after a step of the migration, and takes at most its time.
package struct Check: Sendable {
  /// At most 16 characters, or 19 with a section, for the column: `Redis backup`.
  package var name: String
  package var limitNanoseconds: UInt64
  /// Of the migration guide, where one asks for this: `5.1`.
  package var section: String?
  /// Everything that waits in it waits until the limit at most.
  package var attempt: @Sendable (TimeLimit) throws(CheckFault) -> CheckOutcome

  package init(
    _ name: String, section: String? = nil, limitNanoseconds: UInt64 = 10_000_000_000,
    attempt: @escaping @Sendable (TimeLimit) throws(CheckFault) -> CheckOutcome
  ) {
    self.name = name
    self.section = section
    self.limitNanoseconds = limitNanoseconds
    self.attempt = attempt
  }
}

/// The moment at which a check must be over.
package struct TimeLimit: Sendable, Equatable {
  /// By `MonotonicClock`.
  package let deadline: UInt64
  package let allowedNanoseconds: UInt64

  package init(nanoseconds: UInt64) {
    let (end, isPastAllTime) = MonotonicClock.now().addingReportingOverflow(nanoseconds)
    deadline = isPastAllTime ? .max : end
    allowedNanoseconds = nanoseconds
  }

  /// In nanoseconds; 0 when it has passed.
  package var remaining: UInt64 {
    let now = MonotonicClock.now()
    return deadline > now ? deadline - now : 0
  }

  package var hasPassed: Bool { remaining == 0 }

  /// What is left, for one of several waits: at most so many nanoseconds.
  package func atMost(_ nanoseconds: UInt64) -> UInt64 { min(remaining, nanoseconds) }
}

internal import Reactor
internal import Redis
internal import Synchronization

/// Moves legacy contexts to the unified layout while both are in use.
///
/// Two threads, each with a connection: one reads and plans, the other writes, so that Redis is what limits both. Between
/// them are at most `MigrationLimits.queue` batches, whatever the number of contexts.
///
/// Nothing is kept of a run but what stands in Redis: a legacy key that was migrated has longer left than any context
/// that is in use, and every write gives it back its short time. So a run that was interrupted is taken up by running
/// again, and contexts that were written since are found again.
package struct Migration: Sendable {
  package var place: ContextPlace
  package var roles = ContextRole.allCases
  package var selection = MigrationSelection.everyone
  package var lifetimes: ContextLifetimes
  /// How long legacy keys stay, in seconds; 0: as they are. Else longer than any lifetime of a context.
  package var keepSeconds = standardKeepSeconds
  /// At most so many contexts per second are written.
  package var rate: Int?
  /// Where the last messages are; nil, and for an owner of whom it has none: those of the legacy value.
  package var messages: (any MessageSource)?

  /// A week, in which a rollback finds them.
  package static let standardKeepSeconds = 7 * 86_400

  package init(place: ContextPlace, lifetimes: ContextLifetimes) {
    self.place = place
    self.lifetimes = lifetimes
  }

  /// Runs until all is migrated, or until `isCancelled` after a batch. What could not be read is told to `onUnreadable`, on
  /// whatever thread.
  package func run(
    _ progress: MigrationProgress, isCancelled: @escaping @Sendable () -> Bool = { false },
    onUnreadable: @escaping @Sendable (UnreadableContext) -> Void
  ) throws(MigrationFailure) {
    for role in roles {
      let writing = try failing(MigrationFailure.system) { () throws(SystemError) in
        try WritingThread(self, role, progress, isCancelled: isCancelled, onUnreadable: onUnreadable)
      }
      var reading = try MigrationReading(self, role, progress, onUnreadable: onUnreadable)
      do throws(MigrationFailure) {
        while !isCancelled(), let items = try reading.next(again: writing.takeChanged()) {
          if !items.isEmpty, !writing.add(items) { break }
          if reading.isAtEnd, !writing.waitUntilIdle() { break }
        }
      } catch {
        try? writing.finish()
        throw error
      }
      try writing.finish()
      if isCancelled() { return }
    }
  }

  func times(_ role: ContextRole) -> KeptTimes {
    KeptTimes(standard: lifetimes.seconds(role) * 1_000, legacy: keepSeconds * 1_000)
  }

  func connect(_ name: String) throws(MigrationFailure) -> RedisConnection {
    do throws(RedisError) {
      return try place.connect(
        as: name, timeoutNanoseconds: MigrationLimits.timeout, replyLimit: MigrationLimits.reply)
    } catch { throw .redis(error) }
  }
}

/// Runs `body` and wraps what it throws.
func failing<Inner: Error, Result>(
  _ wrap: (Inner) -> MigrationFailure, _ body: () throws(Inner) -> Result
) throws(MigrationFailure) -> Result {
  do throws(Inner) { return try body() } catch { throw wrap(error) }
}

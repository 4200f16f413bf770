internal import Reactor
internal import Redis

/// Moves legacy contexts to the unified layout while both are in use.
///
/// One thread finds the keys, some read, plan and write, each with a connection, so that Redis is what limits them. Between
/// them are at most `MigrationLimits.queue` batches, whatever the number of contexts.
///
/// Nothing is kept of a run but what stands in Redis: a legacy key that was migrated has longer left than any context
/// that is in use, and every write gives it back its short time. So a run that was interrupted is taken up by running
/// again, and contexts that were written since are found again.
package struct Migration: Sendable {
  package var place: ContextLocation
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

  package init(place: ContextLocation, lifetimes: ContextLifetimes) {
    self.place = place
    self.lifetimes = lifetimes
  }

  /// Runs until all is migrated, or until `isCancelled` after a batch. What could not be read is told to `onUnreadable`, on
  /// whatever thread.
  package func run(
    _ progress: MigrationProgress, isCancelled: @escaping @Sendable () -> Bool = { false },
    onUnreadable: @escaping @Sendable (UnreadableContext) -> Void
  ) throws(MigrationError) {
    let queue = try failing { () throws(SystemError) in
      try BoundedQueue<KeyBatch>(limit: MigrationLimits.queue)
    }
    var finding = try LegacyFinding(self, progress)
    var workers: [MigrationWorker] = []
    var failure: MigrationError?
    do throws(MigrationError) {
      if rate == nil { try finding.findAll(isCancelled: isCancelled) }
      for _ in 0..<(rate == nil ? MigrationLimits.workers : 1) {
        workers.append(
          try failing { () throws(SystemError) in
            try MigrationWorker(self, queue, progress, isCancelled: isCancelled, onUnreadable: onUnreadable)
          })
      }
      while !isCancelled(), let batches = try finding.next() {
        guard batches.allSatisfy(queue.add) else { break }
      }
    } catch {
      failure = error
    }
    queue.finish()
    // What a worker says came first.
    let failures = workers.compactMap { $0.join() }
    if let failure = failures.first ?? failure { throw failure }
  }

  func times(_ role: ContextRole) -> MigratedTTL {
    MigratedTTL(standard: lifetimes.seconds(role) * 1_000, legacy: keepSeconds * 1_000)
  }
}

extension ContextLocation {
  /// A connection for a run through all contexts, which CLIENT LIST shows under `name`.
  func connectForRun(_ name: String) throws(MigrationError) -> RedisConnection {
    do throws(RedisError) {
      return try connect(as: name, timeoutNanoseconds: MigrationLimits.timeout, replyLimit: MigrationLimits.reply)
    } catch { throw .redis(error) }
  }
}

func failing<Result>(_ body: () throws(RedisError) -> Result) throws(MigrationError) -> Result {
  do throws(RedisError) { return try body() } catch { throw .redis(error) }
}

func failing<Result>(_ body: () throws(SystemError) -> Result) throws(MigrationError) -> Result {
  do throws(SystemError) { return try body() } catch { throw .system(error) }
}

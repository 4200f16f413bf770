internal import Reactor
internal import Redis
internal import Synchronization

/// Some threads that share the users of a scan, each with a connection, so that Redis is what limits them.
enum ContextWorkers {
  typealias Handle =
    @Sendable (_ users: [FoundContext], _ connection: inout RedisConnection) throws(MigrationError) -> Int

  /// Runs until all are handled, or until `isCancelled` after a batch.
  ///
  /// - Parameters:
  ///   - batch: users of one role that `handle` gets at once.
  ///   - rate: at most so many of what `handle` counts per second; nil: no limit.
  static func run(
    _ scan: inout ContextScan, batch: Int, rate: Int?,
    connect: @escaping @Sendable () throws(MigrationError) -> RedisConnection,
    isCancelled: @escaping @Sendable () -> Bool, progress: (Double) -> Void, handle: @escaping Handle
  ) throws(MigrationError) {
    let queue = try failing { () throws(SystemError) in
      try BoundedQueue<[FoundContext]>(limit: MigrationLimits.queue)
    }
    var workers: [Worker] = []
    var failure: MigrationError?
    do throws(SystemError) {
      for _ in 0..<(rate == nil ? MigrationLimits.workers : 1) {
        workers.append(try Worker(queue, rate: rate, connect: connect, isCancelled: isCancelled, handle: handle))
      }
    } catch { failure = .system(error) }
    search: while failure == nil, !isCancelled(), let part = scan.nextUsers() {
      for role in ContextRole.allCases {
        var rest = part.users.filter { $0.role == role }[...]
        while !rest.isEmpty, !isCancelled() {
          guard queue.add(Array(rest.prefix(batch))) else { break search }
          rest = rest.dropFirst(batch)
        }
      }
      progress(part.share)
    }
    queue.finish()
    // What a worker says came first.
    let failures = workers.compactMap { $0.join() }
    if let failure = failures.first ?? failure { throw failure }
  }

  private final class Worker: Sendable {
    private let thread: WorkerThread
    private let failure = Failure()

    private final class Failure: Sendable {
      let value = Mutex<MigrationError?>(nil)
    }

    init(
      _ queue: BoundedQueue<[FoundContext]>, rate: Int?,
      connect: @escaping @Sendable () throws(MigrationError) -> RedisConnection,
      isCancelled: @escaping @Sendable () -> Bool, handle: @escaping Handle
    ) throws(SystemError) {
      thread = try WorkerThread(name: "contexts") { [failure] in
        do throws(MigrationError) {
          var connection = try connect()
          var limiter = RateLimiter(perSecond: rate)
          while let batch = queue.take() {
            var rest = batch[...]
            while !rest.isEmpty, !isCancelled() {
              let users = Array(rest.prefix(limiter.batch(of: batch.count)))
              rest = rest.dropFirst(users.count)
              limiter.record(try handle(users, &connection))
            }
          }
        } catch {
          failure.value.withLock { $0 = error }
          queue.abandon()
        }
      }
    }

    /// Returns when all is done, or as far as it came.
    func join() -> MigrationError? {
      thread.join()
      return failure.value.withLock { $0 }
    }
  }
}

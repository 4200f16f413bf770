package import FlagStore
package import Logging
package import Reactor
import Synchronization

/// What the cohorts did over time: counted by the second, minute and hour, kept on disk, shared with the fleet.
///
///     lanes --> WindowRecorder --> Books <-- FleetExchange <--> Redis
///                                  |   |
///                     WindowKeeper <   > measured, charted (admin port)
///              state folder <--/
///
/// Three threads, each of which waits for one thing only: the clock, the disk, Redis. Questions are answered from memory.
package final class CohortWindows: Sendable {
  /// Under which the fleet knows what is counted here; the same after a restart.
  package let proxy: String
  let books: Books
  let recorder: WindowRecorder
  private let keeper: WindowKeeper?
  private let isKept: Bool
  private let exchange: FleetExchange?

  /// `folder` is made if it is not there; nil: nothing is kept. `fleet` is where flags are kept in Redis.
  package init(
    names: [String], sources: WindowSources, folder: String?, fleet: RedisFlagLocation?, logger: Logger
  ) throws(SystemError) {
    var book = WindowBook(names: names, at: .now())
    var keeper: WindowKeeper?
    if let folder, let opened = Self.open(folder, into: &book, logger) {
      proxy = opened.proxy
      books = Books(book)
      keeper = try WindowKeeper(opened.files, books, logger: logger)
    } else {
      proxy = WindowFiles.newIdentity()
      books = Books(book)
    }
    isKept = keeper != nil || folder == nil
    self.keeper = keeper
    recorder = try WindowRecorder(books, sources)
    exchange = if let fleet { try FleetExchange(fleet, proxy: proxy, books, logger: logger) } else { nil }
  }

  /// Begins to count, with what is in force now.
  package func start(_ status: FlagSourceStatus) throws(SystemError) {
    recorder.publish(status)
    recorder.turn(at: .now())
    recorder.renewReferences(at: .now())
    books.with { $0.isFleet = exchange != nil }
    try recorder.start()
    try keeper?.start()
    try exchange?.start()
  }

  /// What is in force has changed. It waits for nothing.
  package func publish(_ status: FlagSourceStatus) { recorder.publish(status) }

  /// Counts, keeps and tells the rest.
  package func stop() {
    recorder.stop()
    keeper?.stop()
    exchange?.stop()
  }

  var keeperErrors: UInt64 { (keeper?.errorCount ?? 0) + (isKept ? 0 : 1) }
  var fleetErrors: UInt64 { exchange?.errorCount ?? 0 }

  /// The files and who we are; nil, with a line in the log, when the folder cannot be used.
  private static func open(_ folder: String, into book: inout WindowBook, _ logger: Logger) -> Opened? {
    do throws(WindowFiles.Fault) {
      var files = try WindowFiles(folder: folder, logger: logger)
      let proxy = files.identity()
      book.restore(files.load())
      for index in book.flags.indices { book.flags[index].isOnDisk = true }
      return Opened(files: files, proxy: proxy)
    } catch {
      logger.error("\(error); windows do not outlive a restart")
      return nil
    }
  }

  private struct Opened: ~Copyable {
    var files: WindowFiles
    var proxy: String
  }
}

internal import Glibc
internal import LocalServer
package import Reactor
internal import Synchronization

/// Tells those who listen what happens, on a thread of its own: a feed for each flag, `GET /api/v1/events`.
///
///     flags changed, time passed --> this thread: documents --> Feed --> every connection that listens
///
/// A document is made once for all listeners of a flag. While nobody listens the thread sleeps and nothing is made.
package final class EventPublisher: Sendable {
  private let board: Board
  private let thread: WorkerThread

  /// What both sides of the desk see.
  private final class Board: Sendable {
    let view: AdminView
    let wakeup: Wakeup
    let feeds = Mutex<[String: Feed]>([:])
    /// Names of flags that somebody has begun to listen to.
    let welcome = Mutex<Set<String>>([])
    let isEnding = Atomic<Bool>(false)

    init(_ view: AdminView) throws(SystemError) {
      self.view = view
      wakeup = try Wakeup()
    }
  }

  package init(_ view: AdminView) throws(SystemError) {
    let board = try Board(view)
    self.board = board
    thread = try WorkerThread(name: "admin-live") { Self.run(board) }
  }

  /// What is in force has changed: it is told at once.
  package func flagsChanged() { board.wakeup.wake() }

  /// Orders the end; `join` waits for it.
  package func stop() {
    board.isEnding.store(true, ordering: .releasing)
    board.wakeup.wake()
  }

  package func join() { thread.join() }

  /// Of a flag that there is.
  func feed(flag: String) -> Feed {
    let board = board
    return board.feeds.withLock { feeds in
      if let feed = feeds[flag] { return feed }
      let feed = Feed(heartbeat: ServerSentEvent.heartbeat) {
        board.welcome.withLock { _ = $0.insert(flag) }
        board.wakeup.wake()
      }
      feeds[flag] = feed
      return feed
    }
  }

  /// Of all flags together.
  var counts: Feed.Counts {
    board.feeds.withLock { $0.values.map(\.counts) }.reduce(into: Feed.Counts()) { sum, counts in
      sum.listening += counts.listening
      sum.tooSlow += counts.tooSlow
      sum.tooMany += counts.tooMany
    }
  }

  // MARK: The thread

  private static func run(_ board: Board) {
    var channels: [String: EventChannel] = [:]
    while !board.isEnding.load(ordering: .acquiring) {
      // Cleared before looking, so that a change while we look is looked at once more.
      board.wakeup.clear()
      let next = tell(board, &channels)
      var entry = pollfd(fd: board.wakeup.descriptor.number, events: Int16(POLLIN), revents: 0)
      _ = unsafe poll(&entry, 1, milliseconds(until: next))
    }
  }

  /// Posts what is due, and says when something will be; nil while nobody listens.
  private static func tell(_ board: Board, _ channels: inout [String: EventChannel]) -> UInt64? {
    let (now, feeds) = (MonotonicClock.now(), board.feeds.withLock { $0 })
    let welcome = board.welcome.withLock { names in
      defer { names = [] }
      return names
    }
    var documents = EventDocuments(board.view)
    for (flag, feed) in feeds {
      guard feed.hasListeners else {
        channels[flag] = nil
        continue
      }
      var channel = channels[flag] ?? EventChannel(flag: flag)
      let bytes = channel.events(now: now, isNewcomerThere: welcome.contains(flag), &documents)
      if !bytes.isEmpty { feed.post(bytes) }
      channels[flag] = channel
    }
    return channels.values.map(\.next).min()
  }

  private static func milliseconds(until next: UInt64?) -> Int32 {
    guard let next else { return -1 }
    let now = MonotonicClock.now()
    return next <= now ? 0 : Int32(clamping: (next - now) / 1_000_000 + 1)
  }
}

package import Conversations
package import Reactor
internal import Synchronization

/// Writes every message to a second place, as an application does to its database, on a thread of its own: no response
/// waits for it.
///
/// It keeps the order of the messages and retries a failed write every second, so the database may be unreachable for a
/// while. Beyond `capacity` waiting messages it drops, counts and logs further ones.
package final class MessageJournal: Sendable {
  /// About 20 MiB.
  static let capacity = 100_000
  private static let retryInterval = Duration.seconds(1)
  private static let closeTimeout = Duration.seconds(5)

  private struct Entry: Sendable {
    var message: Message
    var owner: ContextOwner
  }

  private struct Writer {
    var pending: ArraySlice<Entry> = []
    var retryAt = Deadline(nanoseconds: 0)
  }

  private final class State: Sendable {
    let inbox = Inbox<Entry>(capacity: capacity)
    let counts = Mutex<(lost: Int, end: Deadline?)>((0, nil))
    /// Woken when nothing waits any more, or the time to close is over.
    let closed: Wakeup

    init() throws(SystemError) { closed = try Wakeup() }
  }

  private let state: State
  private let loop: BackgroundLoop

  /// - Parameter write: returns why a message could not be written; nil: it is written.
  package init(
    log: SampleLog, write: @escaping @Sendable (Message, ContextOwner) -> String?
  ) throws(SystemError) {
    let state = try State()
    self.state = state
    loop = try BackgroundLoop(name: "journal", state: { Writer() }) { (writer: inout Writer) in
      Self.turn(&writer, state, log, write)
    }
  }

  /// How many messages were dropped.
  package var lost: Int { state.counts.withLock { $0.lost } }

  func append(_ message: Message, of owner: ContextOwner) {
    guard state.inbox.post(Entry(message: message, owner: owner)) else {
      state.counts.withLock { $0.lost += 1 }
      return
    }
    loop.wake()
  }

  /// Writes what waits, for at most five seconds, and ends.
  package func close() {
    state.counts.withLock { $0.end = Deadline(after: Self.closeTimeout) }
    loop.wake()
    state.closed.wait(milliseconds: -1)
    loop.stop()
    loop.join()
  }

  private static func turn(
    _ writer: inout Writer, _ state: State, _ log: SampleLog, _ write: (Message, ContextOwner) -> String?
  ) -> Deadline {
    while true {
      let (lost, end) = state.counts.withLock { ($0.lost, $0.end) }
      if writer.pending.isEmpty { writer.pending = state.inbox.takeAll()[...] }
      guard let entry = writer.pending.first else {
        if end != nil { state.closed.wake() }
        return .never
      }
      // An append wakes the loop; it must not shorten the pause after an error.
      guard writer.retryAt.hasPassed || end != nil else { return writer.retryAt }
      guard let reason = write(entry.message, entry.owner) else {
        writer.pending.removeFirst()
        continue
      }
      log.error("Error writing down a message: \(reason)" + (lost > 0 ? " (\(lost) lost so far)" : ""))
      guard let end else {
        writer.retryAt = Deadline(after: retryInterval)
        return writer.retryAt
      }
      if end.hasPassed {
        let unwritten = writer.pending.count + state.inbox.takeAll().count
        writer.pending = []
        state.counts.withLock { $0.lost += unwritten }
        log.error("\(unwritten) messages were not written down")
        continue
      }
      return Deadline(after: .milliseconds(100))
    }
  }
}

package import Conversations
package import Reactor
internal import Synchronization

/// Every message is also written down elsewhere, as an application does in its database, on a thread of its own: no answer
/// waits for it.
///
/// Messages are written in the order in which they came. One that cannot be written is tried again each second, so that
/// a database may be away for a while; once `capacity` wait, further ones are lost, counted and told.
package final class MessageJournal: Sendable {
  /// Some 20 MiB.
  static let capacity = 100_000
  /// Milliseconds between two attempts.
  private static let pause: Int32 = 1_000
  /// Milliseconds that the end waits for what is not written yet.
  private static let patience: UInt64 = 5_000

  private struct State {
    var waiting: [(Message, ContextOwner)] = []
    var lost = 0
    var end: UInt64?
  }

  private final class Line: Sendable {
    let wakeup: Wakeup
    let state = Mutex(State())

    init() throws(SystemError) { wakeup = try Wakeup() }
  }

  private let line: Line
  private let thread: WorkerThread

  /// - Parameter write: Why a message could not be written; nil: it is.
  package init(
    log: SampleLog, write: @escaping @Sendable (Message, ContextOwner) -> String?
  ) throws(SystemError) {
    let line = try Line()
    self.line = line
    thread = try WorkerThread(name: "journal") { Self.run(line, log, write) }
  }

  /// How many were lost.
  package var lost: Int { line.state.withLock { $0.lost } }

  func append(_ message: Message, of owner: ContextOwner) {
    let isFirst = line.state.withLock { state in
      guard state.waiting.count < Self.capacity else {
        state.lost += 1
        return false
      }
      state.waiting.append((message, owner))
      return state.waiting.count == 1
    }
    if isFirst { line.wakeup.wake() }
  }

  /// Writes what waits, for at most five seconds, and ends.
  package func close() {
    line.state.withLock { $0.end = MonotonicClock.now() + Self.patience * 1_000_000 }
    line.wakeup.wake()
    thread.join()
  }

  private static func run(_ line: Line, _ log: SampleLog, _ write: (Message, ContextOwner) -> String?) {
    while true {
      let (batch, end) = line.state.withLock { state in
        defer { state.waiting = [] }
        return (state.waiting, state.end)
      }
      if let unwritten = Self.write(batch, line, log, write) {
        line.state.withLock { $0.lost += unwritten + $0.waiting.count }
        log.error("\(unwritten) messages were not written down")
        return
      }
      if !batch.isEmpty { continue }
      if end != nil { return }
      line.wakeup.wait(milliseconds: -1)
    }
  }

  /// How many are left when there is no more time for them; nil: all are written.
  private static func write(
    _ batch: [(Message, ContextOwner)], _ line: Line, _ log: SampleLog, _ write: (Message, ContextOwner) -> String?
  ) -> Int? {
    for (place, (message, owner)) in batch.enumerated() {
      while let reason = write(message, owner) {
        let (lost, end) = line.state.withLock { ($0.lost, $0.end) }
        log.error("Error writing down a message: \(reason)" + (lost > 0 ? " (\(lost) lost so far)" : ""))
        if let end, MonotonicClock.now() >= end { return batch.count - place }
        line.wakeup.wait(milliseconds: end == nil ? pause : 100)
      }
    }
    return nil
  }
}

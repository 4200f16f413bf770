import Configuration
import Glibc
import Logging
import Reactor
import Synchronization

/// The log of the program, on standard error. Logging never waits for the reader of standard error: neither the kill
/// switch nor a signal may depend on it.
enum EventLog {
  private static let queue = Mutex<LineQueue?>(nil)

  static func make(_ level: LogLevel) -> Logger {
    let queue = try? LineQueue(to: STDERR_FILENO)
    Self.queue.withLock { $0 = queue }
    var logger = Logger(label: "turnout") { label in
      queue.map { StreamLogHandler(label: label, stream: $0) } ?? .standardError(label: label)
    }
    logger.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
    return logger
  }

  /// Gives pending lines half a second to be written, before the process ends or prints an error message.
  static func flush() { queue.withLock { $0 }?.flush(within: .milliseconds(500)) }
}

/// Lines on their way to a descriptor whose reader may be slow or gone, such as standard error. Callers never wait: a
/// background thread writes; lines beyond the limit are dropped and counted.
final class LineQueue: TextOutputStream, Sendable {
  /// Shared with the writer's thread, which must not keep the queue itself alive.
  private final class Lines: Sendable {
    let state = Mutex(State())
    let written: Wakeup

    init() throws(SystemError) { written = try Wakeup() }

    func next() -> [String]? {
      state.withLock { state in
        if state.lines.isEmpty { state.reportDropped() }
        let lines = state.lines
        state.lines = []
        state.isWriting = !lines.isEmpty
        return lines.isEmpty ? nil : lines
      }
    }
  }

  private struct State {
    var lines: [String] = []
    var dropped = 0
    /// The time at the start of the last dropped line.
    var droppedAt: Substring = ""
    var isWriting = false

    /// Adds a line about the dropped ones, in their place.
    mutating func reportDropped() {
      guard dropped > 0 else { return }
      lines.append("\(droppedAt) warning turnout: [turnout] \(dropped) lines of the event log were dropped\n")
      dropped = 0
    }
  }

  /// Waiting lines; the writer may hold the same number again.
  static let limit = 1_024

  private let lines: Lines
  private let writer: BackgroundLoop

  init(to descriptor: Int32) throws(SystemError) {
    let lines = try Lines()
    self.lines = lines
    writer = try BackgroundLoop(name: "event log") {
      while let batch = lines.next() {
        for line in batch { Console.write(line, to: descriptor) }
      }
      lines.written.wake()
      return .never
    }
  }

  /// Takes a whole line.
  func write(_ line: String) {
    lines.state.withLock { state in
      guard state.lines.count < Self.limit else {
        state.dropped += 1
        state.droppedAt = line.prefix { $0 != " " }
        return
      }
      state.reportDropped()
      state.lines.append(line)
    }
    writer.wake()
  }

  /// Waits until all lines are written. False if the time is over first.
  @discardableResult
  func flush(within duration: Duration) -> Bool {
    let deadline = Deadline(after: duration)
    while true {
      lines.written.clear()
      if lines.state.withLock({ $0.lines.isEmpty && $0.dropped == 0 && !$0.isWriting }) { return true }
      guard deadline.wait(for: POLLIN, on: lines.written.descriptor.number) else { return false }
    }
  }
}

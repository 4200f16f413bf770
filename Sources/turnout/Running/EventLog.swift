import Configuration
import Glibc
import Logging
import Reactor
import Synchronization

/// What happens to the program, on standard error, a line each. Nobody waits for whoever reads it: neither the kill switch
/// nor a signal may depend on that.
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

  /// Before the process ends or complains on standard error: what was logged gets half a second to be written.
  static func flush() {
    queue.withLock { $0 }?.flush(milliseconds: 500)
  }
}

/// Lines on their way to a descriptor whose reader may be slow or gone, such as standard error. Whoever logs never waits:
/// a thread of its own writes, and what it has no room for is dropped and counted.
final class LineQueue: TextOutputStream, Sendable {
  fileprivate struct State {
    var lines: [String] = []
    var dropped = 0
    /// The time that the last dropped line begins with.
    var droppedAt: Substring = ""
    var isWriting = false
  }

  /// Lines that wait; as many again may be with the writer.
  static let limit = 1_024

  private let state = Mutex(State())
  private let filled: Wakeup
  private let written: Wakeup

  init(to descriptor: Int32) throws(SystemError) {
    filled = try Wakeup()
    written = try Wakeup()
    _ = try WorkerThread(name: "event log") { self.run(descriptor) }
  }

  /// Takes a whole line.
  func write(_ line: String) {
    state.withLock { state in
      guard state.lines.count < Self.limit else {
        state.dropped += 1
        state.droppedAt = line.prefix { $0 != " " }
        return
      }
      state.tellDropped()
      state.lines.append(line)
    }
    filled.wake()
  }

  /// Waits until all lines are written, for that long at most. Whether they are.
  @discardableResult
  func flush(milliseconds: UInt64) -> Bool {
    let deadline = MonotonicClock.now() &+ milliseconds * 1_000_000
    while true {
      written.clear()
      if state.withLock({ $0.lines.isEmpty && $0.dropped == 0 && !$0.isWriting }) { return true }
      let now = MonotonicClock.now()
      guard now < deadline else { return false }
      Self.wait(for: written, milliseconds: Int32(clamping: (deadline - now) / 1_000_000 + 1))
    }
  }

  /// Runs until the process ends.
  private func run(_ descriptor: Int32) {
    while true {
      filled.clear()
      while let lines = next() {
        for line in lines { Console.write(line, to: descriptor) }
      }
      written.wake()
      Self.wait(for: filled, milliseconds: -1)
    }
  }

  private func next() -> [String]? {
    state.withLock { state in
      if state.lines.isEmpty { state.tellDropped() }
      let lines = state.lines
      state.lines = []
      state.isWriting = !lines.isEmpty
      return lines.isEmpty ? nil : lines
    }
  }

  private static func wait(for wakeup: Wakeup, milliseconds: Int32) {
    var entry = pollfd(fd: wakeup.descriptor.number, events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&entry, 1, milliseconds)
  }
}

extension LineQueue.State {
  /// In the place of the lines that are missing.
  fileprivate mutating func tellDropped() {
    guard dropped > 0 else { return }
    lines.append("\(droppedAt) warning turnout: [turnout] \(dropped) lines of the event log were dropped\n")
    dropped = 0
  }
}

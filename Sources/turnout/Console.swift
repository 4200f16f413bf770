import Glibc
import Reactor

/// Standard output and standard error.
enum Console {
  /// A message for a person, apart from the data.
  static func complain(_ message: String) {
    write(message.hasSuffix("\n") ? message : message + "\n", to: STDERR_FILENO)
  }

  /// Bytes as they are. False when they could not all be written; on standard output that ends the program, since whoever
  /// reads half of it must not be told that all went well.
  @discardableResult
  static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { bytes in unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if count < 0, errno == EINTR { continue }
      // A pipe that somebody else has made non-blocking is full.
      if count < 0, errno == EAGAIN {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&entry, 1, -1)
        continue
      }
      guard count > 0 else {
        if descriptor == STDOUT_FILENO, [ENOSPC, EDQUOT, EFBIG, EIO].contains(errno) {
          complain("standard output: \(unsafe String(cString: strerror(errno)))")
          exit(ExitStatus.failed.rawValue)
        }
        return false
      }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// `text` without anything that could disturb a terminal: what users, files and servers sent is shown, not obeyed.
  static func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// The lines of standard input without their line ends (LF or CR LF), byte by byte as they came.
struct StandardInput: Sequence, IteratorProtocol {
  private var buffer: [UInt8] = []
  private var start = 0
  private var isAtEnd = false

  mutating func next() -> [UInt8]? {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) { return take(to: end, skipping: 1) }
      guard !isAtEnd else { return start < buffer.count ? take(to: buffer.count, skipping: 0) : nil }
      buffer.removeSubrange(..<start)
      start = 0
      searched = buffer.count
      fill()
    }
  }

  private mutating func take(to end: Int, skipping separator: Int) -> [UInt8] {
    defer { start = end + separator }
    let line = buffer[start..<end]
    return Array(line.last == 0x0D ? line.dropLast() : line)
  }

  private mutating func fill() {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var count = unsafe read(STDIN_FILENO, &chunk, chunk.count)
    while count < 0, errno == EINTR { count = unsafe read(STDIN_FILENO, &chunk, chunk.count) }
    if count > 0 { buffer += chunk[..<count] } else { isAtEnd = true }
  }
}

/// One line on standard error that tells how far something is; only on a terminal.
final class ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1 && TerminalKind(SystemOptions.variable).isAddressable
  private var shownAt: UInt64 = 0

  /// At most five times a second.
  func show(_ text: @autoclosure () -> String) {
    let now = MonotonicClock.now()
    guard isTerminal, now &- shownAt > 200_000_000 else { return }
    shownAt = now
    Console.write("\r\(Column.cut(text(), 79))\u{1B}[K", to: STDERR_FILENO)
  }

  func clear() {
    if shownAt > 0 { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
  }
}

/// How far a walk over the keys has come, on a terminal alone: a line on standard error that goes away at the end.
final class KeysSeen {
  private let isShown: Bool
  private var shownAt: UInt64 = 0

  init(isQuiet: Bool) { isShown = !isQuiet && isatty(STDERR_FILENO) == 1 }

  /// Four times a second at most.
  func seen(_ keys: Int) {
    let now = MonotonicClock.now()
    guard isShown, now &- shownAt > 250_000_000 else { return }
    shownAt = now
    Console.write("\r\(keys) keys seen\u{1B}[K", to: STDERR_FILENO)
  }

  func end() {
    if isShown, shownAt > 0 { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
    shownAt = 0
  }
}

import Glibc
import Reactor

/// Standard input, standard output and standard error.
enum Console {
  /// A message for a person, apart from the data.
  static func printError(_ message: String) {
    write(message.hasSuffix("\n") ? message : message + "\n", to: STDERR_FILENO)
  }

  /// Writes all of `text`. False when that failed; on standard output a full disk ends the program, because a reader
  /// of half the data must not see success.
  @discardableResult
  static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { bytes in unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
      }
      if count < 0, errno == EINTR { continue }
      // Another process has made a shared pipe non-blocking, and it is full.
      if count < 0, errno == EAGAIN {
        _ = Deadline.never.wait(for: POLLOUT, on: descriptor)
        continue
      }
      guard count > 0 else {
        if descriptor == STDOUT_FILENO, [ENOSPC, EDQUOT, EFBIG, EIO].contains(errno) {
          printError("standard output: \(unsafe String(cString: strerror(errno)))")
          exit(ExitStatus.failed.rawValue)
        }
        return false
      }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Asks on standard error and reads a line; nil without a terminal. Anything but y or yes is a no.
  static func confirm(_ question: String) -> Bool? {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
    write(question + " ", to: STDERR_FILENO)
    var input = StandardInput()
    return ["y", "yes"].contains(String(decoding: input.next() ?? [], as: UTF8.self).lowercased())
  }

  /// `text` with control and invisible characters escaped: text from users, files and servers must not control the
  /// terminal.
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

/// The lines of standard input without their line ends (LF or CR LF), as raw bytes.
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

/// A line on standard error that shows progress and disappears at the end; only on a terminal, at most five times a
/// second.
final class ProgressLine {
  private let isShown: Bool
  private var next = Deadline(nanoseconds: 0)
  private var isOnScreen = false

  init(isQuiet: Bool = false) {
    isShown = !isQuiet && isatty(STDERR_FILENO) == 1 && TerminalKind(SystemOptions.variable).isAddressable
  }

  func show(_ text: @autoclosure () -> String) {
    guard isShown, next.hasPassed else { return }
    (next, isOnScreen) = (Deadline(after: .milliseconds(200)), true)
    Console.write("\r\(Column.cut(text(), 79))\u{1B}[K", to: STDERR_FILENO)
  }

  func clear() {
    if isOnScreen { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
    isOnScreen = false
  }
}

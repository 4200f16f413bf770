import Glibc

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

import Glibc

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

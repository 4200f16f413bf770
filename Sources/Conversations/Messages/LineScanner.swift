internal import Glibc
import Reactor

/// The lines of a file with their places, in memory bounded by the longest line that is allowed.
struct LineScanner {
  struct Line {
    /// From 1.
    var number: Int
    var offset: Int
    /// Without the line feed; nil for a line that is too long, or too far away.
    var bytes: [UInt8]?
  }

  private let descriptor: Int32
  private let path: String
  private var buffer: [UInt8] = []
  /// Of the next line, in the buffer.
  private var start = 0
  /// Of the buffer, in the file.
  private var origin = 0
  private var lines = 0
  private var isAtEnd = false

  /// What one read takes: 256 KiB.
  private static let chunk = 262_144

  init(_ descriptor: Int32, _ path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  mutating func next() throws(MessageSourceError) -> Line? {
    let offset = origin + start
    var searched = start
    var isTooLong = false
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) { return take(to: end, end + 1, offset, isTooLong) }
      searched = buffer.count
      if isAtEnd {
        return start < buffer.count || isTooLong ? take(to: buffer.count, buffer.count, offset, isTooLong) : nil
      }
      if buffer.count - start > LineOffsets.Place.longest { isTooLong = true }
      // Of a line that is too long nothing is kept.
      let gone = isTooLong ? buffer.count : start
      buffer.removeSubrange(..<gone)
      origin += gone
      searched -= gone
      start = 0
      try fill()
    }
  }

  private mutating func take(to end: Int, _ next: Int, _ offset: Int, _ isTooLong: Bool) -> Line {
    lines += 1
    defer { start = next }
    let isFound = !isTooLong && end - start <= LineOffsets.Place.longest && offset <= LineOffsets.Place.farthest
    return Line(number: lines, offset: offset, bytes: isFound ? Array(buffer[start..<end]) : nil)
  }

  private mutating func fill() throws(MessageSourceError) {
    var chunk = [UInt8](repeating: 0, count: Self.chunk)
    let count = retryingInterrupted { unsafe read(descriptor, &chunk, Self.chunk) }
    guard count >= 0 else { throw .file(SystemError.last("read \(path)").description) }
    if count == 0 { isAtEnd = true }
    buffer += chunk[..<count]
  }
}

internal import Glibc
import Reactor

/// Messages in a file with one JSON object per line (`MessageLine`), oldest first. It reads the file once to index the last
/// 10 messages of each user, then only those lines.
///
/// It skips and counts invalid lines, and does not see lines appended later.
package final class MessageFile: MessageSource {
  package let place: String
  package let invalidLines: InvalidLines
  private let descriptor: Descriptor
  private let index: LineIndex

  package init(_ path: String) throws(MessageSourceError) {
    place = path
    let number = retryingInterrupted { unsafe open(path, O_RDONLY | O_CLOEXEC) }
    guard number >= 0 else { throw .file(SystemError.last("read \(path)").description) }
    descriptor = Descriptor(owning: number)
    var invalidLines = InvalidLines()
    var index = LineIndex()
    var scanner = LineScanner(number, path)
    while let line = try scanner.next() {
      guard let bytes = line.bytes else {
        invalidLines.add(line.number, "longer than \(LineIndex.Location.longest) bytes")
        continue
      }
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) { continue }
      do throws(MessageLine.ParseError) {
        let found = try MessageLine(bytes)
        index.add(LineIndex.Location(offset: line.offset, length: bytes.count), of: found.owner)
      } catch {
        invalidLines.add(line.number, error.reason)
      }
    }
    self.invalidLines = invalidLines
    self.index = index
  }

  package func last(_ count: Int, of owners: [ContextOwner]) throws(MessageSourceError) -> [[Message]] {
    var result: [[Message]] = []
    for owner in owners {
      var messages: [Message] = []
      for location in index.last(count, of: owner) { messages.append(try message(at: location, of: owner)) }
      result.append(Self.inOrder(messages))
    }
    return result
  }

  private func message(at location: LineIndex.Location, of owner: ContextOwner) throws(MessageSourceError) -> Message {
    var bytes = [UInt8](repeating: 0, count: location.length)
    var filled = 0
    while filled < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        retryingInterrupted {
          unsafe pread(
            descriptor.number, buffer.baseAddress.map { unsafe $0 + filled }, buffer.count - filled,
            location.offset + filled)
        }
      }
      guard count >= 0 else { throw .file(SystemError.last("read \(place)").description) }
      guard count > 0 else { throw .changed(place) }
      filled += count
    }
    guard let line = try? MessageLine(bytes), line.owner == owner else { throw .changed(place) }
    return line.message
  }

  /// Sorts by time: lines of two writers may be slightly out of order.
  private static func inOrder(_ messages: [Message]) -> [Message] {
    var last = Int.min
    let timed = messages.enumerated().map { index, message in
      last = message.content.at ?? last
      return (at: last, index: index, message: message)
    }
    return timed.sorted { ($0.at, $0.index) < ($1.at, $1.index) }.map(\.message)
  }
}

/// Reads the lines of a file with their offsets, in memory bounded by the longest allowed line.
struct LineScanner {
  struct Line {
    /// From 1.
    var number: Int
    var offset: Int
    /// Without the line feed; nil for a line that is too long, or beyond the largest offset.
    var bytes: [UInt8]?
  }

  private let descriptor: Int32
  private let path: String
  private var buffer: [UInt8] = []
  /// The start of the next line in the buffer.
  private var start = 0
  /// The offset of the buffer in the file.
  private var origin = 0
  private var lines = 0
  private var isAtEnd = false

  /// Bytes per read: 256 KiB.
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
      if buffer.count - start > LineIndex.Location.longest { isTooLong = true }
      // Nothing of a line that is too long is kept.
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
    let isFound = !isTooLong && end - start <= LineIndex.Location.longest && offset <= LineIndex.Location.farthest
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

/// The locations of the last lines of each owner in a file. 80 bytes per owner, plus the name.
struct LineIndex {
  /// An offset up to 1 TiB and a length up to 16 MiB, in one word.
  struct Location {
    private let word: UInt64

    static let longest = 1 << 24 - 1
    static let farthest = 1 << 40 - 1

    init(offset: Int, length: Int) { word = UInt64(offset) << 24 | UInt64(length) }

    var offset: Int { Int(word >> 24) }
    var length: Int { Int(word & UInt64(Self.longest)) }
  }

  private var slots: [ContextOwner: Int32] = [:]
  /// How many lines each slot has seen.
  private var seen: [UInt32] = []
  /// A ring of the last `limit` locations per slot.
  private var locations: [Location] = []

  /// As many messages as a conversation keeps.
  static let limit = Message.historyLimit

  mutating func add(_ location: Location, of owner: ContextOwner) {
    let slot: Int
    if let known = slots[owner] {
      slot = Int(known)
    } else {
      slot = seen.count
      slots[owner] = Int32(slot)
      seen.append(0)
      locations += [Location](repeating: Location(offset: 0, length: 0), count: Self.limit)
    }
    locations[slot * Self.limit + Int(seen[slot]) % Self.limit] = location
    seen[slot] += 1
  }

  /// The last `count`, at most `limit`, in the order of the file.
  func last(_ count: Int, of owner: ContextOwner) -> [Location] {
    guard let slot = slots[owner].map({ Int($0) }) else { return [] }
    let total = Int(seen[slot])
    return (max(0, total - min(count, Self.limit))..<total).map { locations[slot * Self.limit + $0 % Self.limit] }
  }
}

/// One line of a message file:
///
///     {"channel":"client","user_id":"42","role":"user","content":"...","at":1732345678901}
///
/// `channel` is client or admin; `user_id` may be a number; `at` is milliseconds since 1970 and optional. The message is the
/// object without `channel` and `user_id`, with its other bytes unchanged.
struct MessageLine {
  var owner: ContextOwner
  var message: Message

  struct ParseError: Error {
    var reason: String
  }

  init(_ bytes: [UInt8]) throws(ParseError) {
    var object: JSONObject
    do throws(JSONSyntaxError) { object = try JSONObject(bytes) } catch {
      throw ParseError(reason: "not a JSON object: at byte \(error.offset), expected \(error.expected)")
    }
    guard let role = object.text("channel").flatMap({ ContextRole(rawValue: $0) }) else {
      throw ParseError(reason: "\"channel\" is neither \"client\" nor \"admin\"")
    }
    guard let user = object.text("user_id") ?? object.number("user_id").map({ "\($0)" }), !user.isEmpty else {
      throw ParseError(reason: "\"user_id\" is neither a string nor an integer")
    }
    guard object.text("role") != nil else { throw ParseError(reason: "\"role\" is not a string") }
    guard object.text("content") != nil else { throw ParseError(reason: "\"content\" is not a string") }
    guard object["at"] == nil || object.number("at") != nil else {
      throw ParseError(reason: "\"at\" is not an integer")
    }
    owner = ContextOwner(role, user)
    object["channel"] = nil
    object["user_id"] = nil
    message = Message(json: object.bytes)
  }

  /// The line of a message, with the line feed. Nil for a message that is not a JSON object.
  static func bytes(_ message: Message, of owner: ContextOwner) -> [UInt8]? {
    guard let said = try? JSONObject(message.json) else { return nil }
    var line = JSONObject()
    line.set("channel", owner.role.rawValue)
    line.set("user_id", owner.user)
    for member in said.members where line[member.name] == nil { line[member.name] = member.value }
    return line.bytes + [0x0A]
  }
}

internal import Glibc
import Reactor

/// Messages in a file with one JSON object on each line (`MessageLine`), the oldest first. It is read once from the
/// beginning to its end, to find where the last messages of each user stand; then those lines alone. Of each user the
/// last 10 are found.
///
/// Lines that are no messages are passed over and counted. What is appended later is not seen.
package final class MessageFile: MessageSource {
  package let place: String
  package let broken: BrokenLines
  private let descriptor: Descriptor
  private let places: LineOffsets

  package init(_ path: String) throws(MessageSourceError) {
    place = path
    let number = retryingInterrupted { unsafe open(path, O_RDONLY | O_CLOEXEC) }
    guard number >= 0 else { throw .file(SystemError.last("read \(path)").description) }
    descriptor = Descriptor(owning: number)
    var broken = BrokenLines()
    var places = LineOffsets()
    var scanner = LineScanner(number, path)
    while let line = try scanner.next() {
      guard let bytes = line.bytes else {
        broken.add(line.number, "longer than \(LineOffsets.Place.longest) bytes")
        continue
      }
      if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) { continue }
      do throws(MessageLine.Fault) {
        let found = try MessageLine(bytes)
        places.add(LineOffsets.Place(offset: line.offset, length: bytes.count), of: found.owner)
      } catch {
        broken.add(line.number, error.reason)
      }
    }
    self.broken = broken
    self.places = places
  }

  package func last(_ count: Int, of owners: [ContextOwner]) throws(MessageSourceError) -> [[Message]] {
    var result: [[Message]] = []
    for owner in owners {
      var messages: [Message] = []
      for place in places.last(count, of: owner) { messages.append(try message(at: place, of: owner)) }
      result.append(Self.inOrder(messages))
    }
    return result
  }

  private func message(at place: LineOffsets.Place, of owner: ContextOwner) throws(MessageSourceError) -> Message {
    var bytes = [UInt8](repeating: 0, count: place.length)
    var filled = 0
    while filled < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { buffer in
        retryingInterrupted {
          unsafe pread(
            descriptor.number, buffer.baseAddress.map { unsafe $0 + filled }, buffer.count - filled,
            place.offset + filled)
        }
      }
      guard count >= 0 else { throw .file(SystemError.last("read \(self.place)").description) }
      guard count > 0 else { throw .changed(self.place) }
      filled += count
    }
    guard let line = try? MessageLine(bytes), line.owner == owner else { throw .changed(self.place) }
    return line.message
  }

  /// Two writers of one file may be a little out of order.
  private static func inOrder(_ messages: [Message]) -> [Message] {
    var last = Int.min
    let timed = messages.enumerated().map { index, message in
      last = message.content.at ?? last
      return (at: last, index: index, message: message)
    }
    return timed.sorted { ($0.at, $0.index) < ($1.at, $1.index) }.map(\.message)
  }
}

import Glibc
import Testing

@testable import turnout

@Suite struct LineQueueTests {
  @Test("Without a reader, logging never blocks, and dropped lines are reported in their place later")
  func blocked() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reader, writer) = (ends[0], ends[1])
    let queue = try LineQueue(to: writer)
    let text = String(repeating: "x", count: 100)
    let count = 5_000
    for number in 0..<count { queue.write("now \(number) \(text)\n") }
    #expect(!queue.flush(within: .milliseconds(50)))

    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 65_536)
    // Until all is written and nothing is left in the pipe.
    var isWritten = false
    while true {
      var entry = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
      if poll(&entry, 1, 10) > 0 {
        let got = read(reader, &room, room.count)
        try #require(got > 0)
        bytes += room[..<got]
      } else if isWritten {
        break
      } else {
        isWritten = queue.flush(within: .milliseconds(20))
      }
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    // Each line has the number that comes next, or tells how many are missing here.
    var (next, notes) = (0, 0)
    for words in lines.map({ $0.split(separator: " ") }) {
      if words[1] == "warning" {
        (next, notes) = (next + (Int(words[4]) ?? 0), notes + 1)
      } else {
        #expect(Int(words[1]) == next)
        next += 1
      }
    }
    #expect(notes > 0)
    #expect(next == count)

    queue.write("now last\n")
    #expect(queue.flush(within: .seconds(5)))
    #expect(read(reader, &room, room.count) == 9)
  }
}

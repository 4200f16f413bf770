import TestSupport
import Testing

@testable import Redis

@Suite struct ReplyReaderTests {
  /// What came out, and how it ended.
  private struct Outcome: Equatable {
    var replies: [RedisReply] = []
    var isMalformed = false
    var isTooLarge = false
  }

  private static func outcome(_ pieces: [ArraySlice<UInt8>], limit: Int = 1 << 20) -> Outcome {
    var reader = ReplyReader(limit: limit)
    var outcome = Outcome()
    do throws(ReplyError) {
      for piece in pieces {
        try reader.feed(piece)
        while let reply = try reader.next() { outcome.replies.append(reply) }
      }
    } catch {
      outcome.isTooLarge = error == .tooLarge
      outcome.isMalformed = !outcome.isTooLarge
    }
    return outcome
  }

  private static func split(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
      let end = min(start + Int.random(in: 1...7, using: &generator), bytes.count)
      pieces.append(bytes[start..<end])
      start = end
    }
    return pieces
  }

  /// A few replies, some of them spoilt by another byte.
  private static func input(_ generator: inout SeededGenerator) -> [UInt8] {
    let replies = [
      "+OK\r\n", "-ERR x\r\n", ":-42\r\n", "$-1\r\n", "$0\r\n\r\n", "$4\r\na\r\nb\r\n", "*0\r\n", "*-1\r\n",
      "*2\r\n*1\r\n:1\r\n$1\r\nx\r\n", "*3\r\n+a\r\n*2\r\n:1\r\n:2\r\n$-1\r\n",
    ]
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...6, using: &generator) {
      bytes += Array((replies.randomElement(using: &generator) ?? "").utf8)
    }
    for _ in 0..<Int.random(in: 0...2, using: &generator) {
      let spoilt = Array("+-:$*0129\r\n\0".utf8).randomElement(using: &generator) ?? 0
      bytes[Int.random(in: 0..<bytes.count, using: &generator)] = spoilt
    }
    return bytes
  }

  @Test("Replies are the same however the bytes are split, right or wrong")
  func splits() {
    var generator = SeededGenerator(named: "reply splits")
    for _ in 0..<5_000 {
      let bytes = Self.input(&generator)
      let whole = Self.outcome([bytes[...]])
      #expect(Self.outcome(Self.split(bytes, &generator)) == whole, "\(String(decoding: bytes, as: UTF8.self))")
    }
  }

  @Test("With a bound, no reply is larger than it")
  func bounds() {
    var generator = SeededGenerator(named: "reply bounds")
    for _ in 0..<2_000 {
      let outcome = Self.outcome(Self.split(Self.input(&generator), &generator), limit: 12)
      #expect(outcome.replies.allSatisfy { $0 != .array([.array([.integer(1)]), .bytes([120])]) })
    }
    #expect(Self.outcome([Array("$4\r\nabcd\r\n+OK\r\n".utf8)[...]], limit: 10).replies.count == 2)
    #expect(Self.outcome([Array("$5\r\nabcde\r\n".utf8)[...]], limit: 10).isTooLarge)
  }
}

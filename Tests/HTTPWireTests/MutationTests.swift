import Bytes
import HTTPWire
import TestSupport
import Testing

/// Nothing that comes from the network traps, and no range reaches outside the bytes it belongs to. Each test runs for
/// about a second and prints its seed.
@Suite struct MutationTests {
  private static let duration = Duration.milliseconds(1_000)

  private static let requests = [
    "GET /a/b?c=d HTTP/1.1\r\nHost: a.example:80\r\nAccept: */*\r\nConnection: x, close\r\nX: y\r\n\r\n",
    "POST http://u.example?q HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nTE: trailers, x\r\n\r\n",
    "\r\nOPTIONS * HTTP/1.0\r\nMax-Forwards: 5\r\nContent-Length: 18446744073709551615\r\nX_Forwarded_For: a\r\n\r\n",
    "PUT / HTTP/1.1\r\nHost:\r\nExpect: 100-continue\r\nContent-Length: 5\r\nContent-Length: 5\r\nUpgrade: x\r\n\r\n",
  ]
  private static let responses = [
    "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 5\r\nSet-Cookie: a\r\nConnection: keep-alive, date\r\n\r\n",
    "HTTP/1.0 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "HTTP/1.1 101 x\r\nUpgrade: y\r\nConnection: upgrade\r\n\r\n",
  ]
  private static let bodies = [
    "5;a=b\r\nhello\r\n00010\r\n0123456789abcdef\r\n0\r\nDigest: v\r\nHost: a\r\n\r\nrest",
    "7fffffffffffffff\r\nabc", "0\r\nX_User_Id: a\r\nA: b\r\n\r\n",
  ]

  @Test("Mutated requests never trap, and their ranges stay inside")
  func mutatedRequests() {
    fuzz(Self.requests, named: "requests") { bytes, _ in
      guard let parsed = try? parseRequest(bytes) else { return }
      let head = parsed.head
      let ranges = [head.methodText, head.target, head.path, head.query, head.host]
      #expect(head.length <= bytes.count)
      #expect(ranges.allSatisfy { $0.end <= head.length })
      #expect(head.path.start == head.target.start)
      #expect(head.path.end <= head.target.end)
      #expect(head.framing != .untilClose)
      #expect(head.minorVersion <= 1)
      checkFields(parsed.fields, within: head.length, parsed.written)
      _ = targetText(parsed)
    }
  }

  @Test("Mutated answers never trap, and their ranges stay inside")
  func mutatedResponses() {
    fuzz(Self.responses, named: "responses") { bytes, generator in
      let method: HTTPWire.Method = Bool.random(using: &generator) ? .get : .head
      guard let parsed = try? parseResponse(bytes, answering: method) else { return }
      let head = parsed.head
      #expect(head.length <= bytes.count)
      #expect(head.reason.end <= head.statusLine.end)
      #expect(100...599 ~= head.status)
      #expect(!(head.framing == .untilClose && head.keepsAlive))
      checkFields(parsed.fields, within: head.length, parsed.written)
    }
  }

  @Test("Mutated bodies in random pieces never trap, and give the same whole or in pieces")
  func mutatedBodies() {
    fuzz(Self.bodies, named: "bodies") { bytes, generator in
      let decoding = Decoding(
        keepsChunkFraming: Bool.random(using: &generator), limit: UInt64.random(in: 0...64, using: &generator),
        trailerLimit: Int.random(in: 0...64, using: &generator), capacity: 512)
      let whole = decoding.run(bytes, nextLength: { 512 })
      let pieces = decoding.run(bytes, nextLength: { Int.random(in: 1...9, using: &generator) })
      #expect(pieces == whole)
      #expect(whole.output.count + whole.leftOver.count <= bytes.count)
    }
  }

  private func checkFields(_ fields: [Field], within length: Int, _ written: String) {
    var end = 0
    for field in fields {
      #expect(field.line.start >= end)
      #expect(field.line.end <= length)
      #expect(field.name.start == field.line.start)
      #expect(field.name.end < field.value.end || field.value.isEmpty)
      #expect(field.value.end <= field.line.end)
      #expect(!field.name.isEmpty)
      end = field.line.end
    }
    #expect(!written.utf8.contains(0))
  }

  private func fuzz(
    _ corpus: [String], named name: String, _ check: ([UInt8], inout SeededGenerator) -> Void
  ) {
    let seed = UInt64.random(in: 0 ... .max)
    print("MutationTests.\(name) seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    let end = ContinuousClock.now + Self.duration
    while ContinuousClock.now < end {
      for text in corpus {
        check(mutated(Array(text.utf8), &generator), &generator)
      }
    }
  }

  private func mutated(_ original: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    let interesting = Array("\r\n \t:,;/?#*%_-[]@0159afAF\0\u{7f}".utf8) + [0x80, 0xFF]
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
      let position = Int.random(in: bytes.indices, using: &generator)
      let byte = interesting.randomElement(using: &generator) ?? 0
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[position] = byte
      case 1: bytes[position] = UInt8.random(in: 0...255, using: &generator)
      case 2: bytes.insert(byte, at: position)
      case 3: bytes.remove(at: position)
      case 4: bytes.removeLast(Int.random(in: 0...bytes.count / 8, using: &generator))
      default:
        let other = Int.random(in: bytes.indices, using: &generator)
        bytes.insert(contentsOf: bytes[min(position, other)..<max(position, other)], at: position)
      }
    }
    return bytes
  }
}

import Bytes
import HTTPWire
import Testing

@Suite struct BodyDecoderTests {
  @Test(
    "A body of none or of length 0 is complete at once, and takes nothing", arguments: [BodyFraming.none, .length(0)])
  func empty(framing: BodyFraming) {
    #expect(Decoding(framing: framing).decoder.isComplete)
    let decoded = Decoding(framing: framing).run("GET", closes: true)
    #expect(decoded.output.isEmpty)
    #expect(decoded.leftOver == Array("GET".utf8))
    #expect(decoded.error == nil)
  }

  @Test("A body of a length takes exactly that many bytes")
  func length() {
    let decoded = Decoding(framing: .length(5)).run("helloGET", closes: true)
    #expect(decoded.text == "hello")
    #expect(decoded.isComplete)
    #expect(decoded.byteCount == 5)
    #expect(decoded.error == nil)
    #expect(decoded.leftOver == Array("GET".utf8))
    #expect(Decoding(framing: .length(5)).run("hell", closes: true).error == .endedEarly)
    #expect(Decoding(framing: .length(5)).run("", closes: true).error == .endedEarly)
  }

  @Test("A body until close ends with the connection")
  func untilClose() {
    let open = Decoding(framing: .untilClose).run("0\r\n\r\n")
    #expect(open.text == "0\r\n\r\n")
    #expect(!open.isComplete)
    let closed = Decoding(framing: .untilClose).run("hello", closes: true)
    #expect(closed.text == "hello")
    #expect(closed.isComplete)
    #expect(closed.byteCount == 5)
  }

  @Test("A body of exactly the limit passes, one byte more is answered 413")
  func limits() {
    let chunks = "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    let table: [(BodyFraming, String)] = [(.length(5), "abcde"), (.chunked, chunks), (.untilClose, "abcde")]
    for (framing, input) in table {
      #expect(Decoding(framing: framing, limit: 5).run(input, closes: true).error == nil)
      #expect(Decoding(framing: framing, limit: 4).run(input).error == .tooLarge)
    }
    #expect(BodyError.tooLarge.status == 413)
  }

  @Test("A chunk or length over the limit is refused before any of its bytes is forwarded")
  func early() {
    #expect(Decoding(limit: 4).run("3\r\nabc\r\n7fffffffffffffff\r\n").text == "3\r\nabc\r\n")
    #expect(Decoding(framing: .length(5), limit: 4).run("a").output.isEmpty)
    var decoder = Decoding(framing: .length(5), limit: 4).decoder
    var buffer = StreamBuffer()
    #expect(throws: BodyError.tooLarge) { try decoder.process(&buffer) }
    #expect(throws: BodyError.endedEarly) { try decoder.inputEnded() }
  }

  @Test("Bytes are counted past 2^32 without losing the end of the body")
  func largeLength() throws {
    let total: UInt64 = (1 << 32) + 5
    let capacity = 1 << 24
    for framing in [BodyFraming.length(total), .untilClose] {
      var decoder = BodyDecoder(framing: framing, keepsChunkFraming: true, limit: total, trailerLimit: 0)
      var buffer = StreamBuffer(capacity: capacity, headroom: 0)
      var sent: UInt64 = 0
      while sent < total {
        buffer.reset(headroom: 0)
        buffer.didReceive(Int(min(UInt64(capacity), total - sent)))
        try decoder.process(&buffer)
        sent += UInt64(buffer.readyCount)
        #expect(buffer.receivedCount == 0)
        #expect(decoder.byteCount == sent)
      }
      try decoder.inputEnded()
      #expect(decoder.isComplete)
      #expect(decoder.byteCount == total)
    }
  }

  @Test("Canonical framing passes without a byte being moved")
  func inPlace() throws {
    let body = Array("5\r\nhello\r\nA\r\n0123456789\r\n0\r\nDigest: v\r\n\r\n".utf8)
    var buffer = StreamBuffer(capacity: 256, headroom: 16)
    var decoder = Decoding().decoder
    let isReceived = buffer.receive(body.span.bytes)
    let start = buffer.received.baseAddress
    try decoder.process(&buffer)
    let readyStart = buffer.ready.baseAddress
    #expect(isReceived)
    #expect(decoder.isComplete)
    #expect(readyStart == start)
    #expect(buffer.readyCount == body.count)
  }

  @Test("A decoder is small enough to live in every connection")
  func size() {
    #expect(MemoryLayout<BodyDecoder>.stride <= 48)
  }
}

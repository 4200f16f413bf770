import HTTPWire
import Testing

@Suite struct ChunkedTests {
  @Test("Canonical chunks pass as they came, and what follows the body stays")
  func canonical() {
    let body = "5\r\nhello\r\n1F\r\n\(String(repeating: "x", count: 31))\r\n0\r\n\r\n"
    let decoded = Decoding().run(body + "GET / HTTP/1.1\r\n")
    #expect(decoded.text == body)
    #expect(decoded.isComplete)
    #expect(decoded.byteCount == 36)
    #expect(String(decoding: decoded.leftOver, as: UTF8.self) == "GET / HTTP/1.1\r\n")
  }

  @Test("A receiver of 1.0 gets the data alone")
  func stripped() {
    let decoded = Decoding(keepsChunkFraming: false).run("5;a=b\r\nhello\r\n006\r\n world\r\n0\r\nX: y\r\n\r\n")
    #expect(decoded.text == "hello world")
    #expect(decoded.isComplete)
    #expect(decoded.byteCount == 11)
  }

  @Test(
    "Leading zeros and extensions are cut out of chunk lines",
    arguments: [
      ("5\r\n", "5\r\n"), ("0005\r\n", "5\r\n"), ("5;a=b\r\n", "5\r\n"), ("05;a;b=\"c;d\"\r\n", "5\r\n"),
      ("5 ;a\r\n", "5\r\n"), ("5\t;\r\n", "5\r\n"), ("5;\r\n", "5\r\n"), ("0000000000000005\r\n", "5\r\n"),
      ("5;a=\"\u{e9}\"\r\n", "5\r\n"),
    ])
  func normalised(line: String, forwarded: String) {
    let decoded = Decoding().run("\(line)hello\r\n00;last\r\n\r\n")
    #expect(decoded.text == "\(forwarded)hello\r\n0\r\n\r\n")
    #expect(decoded.isComplete)
    #expect(Decoding(keepsChunkFraming: false).run("\(line)hello\r\n0\r\n\r\n").text == "hello")
  }

  @Test(
    "A chunk line that is not hexadecimal digits, extensions and CRLF is refused",
    arguments: [
      ("\r\n", .invalidChunkSize), ("g\r\n", .invalidChunkSize), ("0x5\r\n", .invalidChunkSize),
      ("-5\r\n", .invalidChunkSize), ("+5\r\n", .invalidChunkSize), (" 5\r\n", .invalidChunkSize),
      ("5 \r\n", .invalidChunkSize), ("5 5\r\n", .invalidChunkSize), ("5\n", .invalidChunkSize),
      ("5\rx", .invalidChunkSize), ("5\0\r\n", .invalidChunkSize), (";a=b\r\n", .invalidChunkSize),
      ("5,5\r\n", .invalidChunkSize), ("5h\r\n", .invalidChunkSize), ("5;a\nb\r\n", .invalidChunkExtension),
      ("5;a\rb\r\n", .invalidChunkExtension), ("5;a\0b\r\n", .invalidChunkExtension),
      ("5;a\u{7f}\r\n", .invalidChunkExtension), ("5;\n", .invalidChunkExtension),
      ("8000000000000000\r\n", .chunkSizeTooLarge), ("FFFFFFFFFFFFFFFF\r\n", .chunkSizeTooLarge),
      ("10000000000000005\r\n", .chunkSizeTooLarge), ("00000000000000005\r\n", .chunkSizeTooLarge),
      ("fffffffffffffffffffffff", .chunkSizeTooLarge),
    ] as [(String, BodyError)])
  func malformed(line: String, error: BodyError) {
    for keeps in [true, false] {
      let decoded = Decoding(keepsChunkFraming: keeps).run("1\r\na\r\n\(line)hello\r\n0\r\n\r\n")
      #expect(decoded.error == error)
      #expect(decoded.text == (keeps ? "1\r\na\r\n" : "a"))
      #expect(!decoded.isComplete)
    }
    #expect(error.status == 400)
  }

  @Test("Extensions of 256 bytes pass, longer ones are refused before their line ends")
  func extensions() {
    let longest = ";" + String(repeating: "e", count: 255)
    #expect(Decoding().run("1\(longest)\r\na\r\n0\r\n\r\n").text == "1\r\na\r\n0\r\n\r\n")
    #expect(Decoding().run("1\(longest)e").error == .chunkExtensionTooLong)
    #expect(Decoding().run("1\(longest)e\r\n").error == .chunkExtensionTooLong)
    #expect(Decoding().run("1" + String(repeating: " ", count: 300)).error == .chunkExtensionTooLong)
  }

  @Test("A chunk must be followed by CRLF", arguments: ["\n\r\n", "x\r\n", "\rx", "0\r\n", "\0\0"])
  func chunkEnd(end: String) {
    #expect(Decoding().run("1\r\na\(end)").error == .missingChunkEnd)
  }

  @Test("A body that ends early never ends cleanly, wherever it ends")
  func early() {
    let body = Array("5;x\r\nhello\r\n0\r\nA: b\r\n\r\n".utf8)
    for length in 0..<body.count {
      let decoded = Decoding().run(Array(body.prefix(length)), closes: true)
      #expect(decoded.error == .endedEarly)
      #expect(!decoded.isComplete)
      #expect(!decoded.text.hasSuffix("\r\n\r\n"))
    }
    #expect(Decoding().run(body, closes: true).error == nil)
  }

  @Test("The largest chunk size is 63 bits, and the data is counted past 2^32")
  func largeChunk() {
    let decoded = Decoding(capacity: 64).run("7fffffffffffffff\r\nabc")
    #expect(decoded.error == nil)
    #expect(decoded.text == "7fffffffffffffff\r\nabc")
    #expect(decoded.byteCount == 3)
  }
}

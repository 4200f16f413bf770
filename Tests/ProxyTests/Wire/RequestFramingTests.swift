import TestSupport
import Testing

@Suite("Where a request ends is never in doubt", .ownThread)
struct RequestFramingTests {
  @Test(
    "Ambiguous framing is refused",
    arguments: [
      Refusal(400, "Transfer-Encoding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      Refusal(400, "both lengths", field: "Transfer-Encoding: chunked\r\nContent-Length: 5"),
      Refusal(400, "both lengths, the other order", field: "Content-Length: 5\r\nTransfer-Encoding: chunked"),
      Refusal(400, "chunked twice", field: "Transfer-Encoding: chunked, chunked"),
      Refusal(400, "chunked on two lines", field: "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
      Refusal(400, "chunked with a parameter", field: "Transfer-Encoding: chunked;a=b"),
      Refusal(400, "an empty coding", field: "Transfer-Encoding:"),
      Refusal(400, "chunked in quotes", field: "Transfer-Encoding: \"chunked\""),
      Refusal(400, "chunked before another", field: "Transfer-Encoding: chunked, gzip"),
      Refusal(400, "chunked behind a vertical tab", field: "Transfer-Encoding: \u{B}chunked"),
      Refusal(501, "an unknown coding", field: "Transfer-Encoding: xchunked"),
      Refusal(501, "identity", field: "Transfer-Encoding: identity"),
    ])
  func transferEncoding(_ refusal: Refusal) throws { try refusal.expectRefused() }

  @Test(
    "Content-Length is one number of digits",
    arguments: ["+5", "-5", "5, 5", "5 5", "0x5", "5.0", "", "9223372036854775808", "18446744073709551621", "٣", "1e1"])
  func contentLength(_ value: String) throws {
    try Refusal(400, value, field: "Content-Length: \(value)").expectRefused()
  }

  @Test("Two lengths that differ are refused; the same one twice is forwarded once")
  func repeatedLength() throws {
    try Refusal(400, "5 and 6", field: "Content-Length: 5\r\nContent-Length: 6").expectRefused()
    let stage = try Stage()
    _ = try stage.client().ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi")
    #expect(try stage.legacy.onlyRequest()["Content-Length"] == ["2"])
  }

  @Test("Field names that only look like framing are dropped")
  func aliases() throws {
    let stage = try Stage()
    _ = try stage.client().ask("GET / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\nContent_Length: 5\r\n\r\n")
    let names = try stage.legacy.onlyRequest().names
    #expect(!names.contains("transfer_encoding"))
    #expect(!names.contains("content_length"))
  }

  @Test("A chunked body passes in its chunks; extensions, leading zeros and their white space are dropped")
  func chunked() throws {
    let stage = try Stage()
    let client = try stage.client()
    try client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", "005;a=b;c=\"d e\"\r\nhel", "lo\r",
      "\n1 ;x\r\n",
      "!\r\n0;last\r\n", "\r\n")
    #expect(try client.readResponse().status == 200)
    let body = try #require(stage.legacy.bodies.first)
    #expect(body.text == "hello!")
    #expect(body.chunkLines == ["5", "1", "0"])
    #expect(try stage.legacy.onlyRequest()["Content-Length"].isEmpty)
  }

  @Test(
    "A chunk that breaks the rules is refused with 400, and the upstream is not given an end",
    arguments: [
      "5\nhello\r\n0\r\n\r\n", "5\rhello\r\n0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n",
      "0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "\r\nhello\r\n0\r\n\r\n", "G\r\nhello\r\n0\r\n\r\n",
      "FFFFFFFFFFFFFFFFF\r\nhello", "00000000000000005\r\nhello\r\n0\r\n\r\n", "8000000000000000\r\nhello",
      "5;a\nb\r\nhello\r\n0\r\n\r\n", "5;\0\r\nhello\r\n0\r\n\r\n", "5 6\r\nhello\r\n0\r\n\r\n",
      "5;\(String(repeating: "a", count: 300))\r\nhello\r\n0\r\n\r\n", "5_\r\nhello\r\n0\r\n\r\n",
    ])
  func badChunks(_ chunks: String) throws {
    let stage = try Stage()
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", chunks)
    #expect(try client.readResponse().status == 400)
    #expect(client.end() == .closed)
    #expect(stage.legacy.bodies.isEmpty)
  }

  @Test(
    "A request body that ends early is not given an end",
    arguments: ["Content-Length: 10", "Transfer-Encoding: chunked"])
  func endsEarly(_ framing: String) throws {
    let stage = try Stage()
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n", "5\r\nhe")
    #expect(eventually { stage.legacy.requests.count == 1 })
    client.closeNow()
    #expect(eventually { stage.legacy.failures.count == 1 })
    #expect(stage.legacy.bodies.isEmpty)
    #expect(try stage.client().get().text == "legacy")
  }

  @Test("Trailers pass when they may, and those that would change what the head said are dropped")
  func trailers() throws {
    let stage = try Stage()
    let trailers = [
      "Digest: abc", "Content-Length: 99", "X-User-Id: mallory", "Transfer-Encoding: x", "X-Forwarded-For: 1",
    ]
    let lines = trailers.joined(separator: "\r\n")
    _ = try stage.client().ask(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\(lines)\r\n\r\n")
    #expect(stage.legacy.bodies.first?.trailers == ["Digest: abc"])
    #expect(try stage.legacy.onlyRequest()["Digest"].isEmpty)
  }

  @Test("Trailers have a limit")
  func trailerLimit() throws {
    let stage = try Stage(settings: "limits: { trailer_bytes: 256 }")
    let client = try stage.client()
    let long = String(repeating: "a", count: 300)
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\nX: \(long)\r\n\r\n")
    #expect(try client.readResponse().status == 400)
    #expect(stage.legacy.bodies.isEmpty)
  }
}

import TestSupport
import Testing

private let chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

@Suite("Where an answer ends is never in doubt", .ownThread)
struct AnswerFramingTests {
  @Test("A chunked answer passes in its chunks; extensions are dropped, trailers that may pass do")
  func chunked() throws {
    let stage = try Stage(
      legacy: .answering(
        chunkedHead + "5;a=b\r\nhello\r\n003\r\nyou\r\n0\r\nDigest: x\r\nSet-Cookie: a=b\r\nContent-Length: 9\r\n\r\n"))
    let client = try stage.client()
    let answer = try client.get()
    #expect(answer.text == "helloyou")
    #expect(answer.body.chunkLines == ["5", "3", "0"])
    #expect(answer.body.trailers == ["Digest: x"])
    #expect(answer.head["Transfer-Encoding"] == ["chunked"])
    #expect(answer.head["Content-Length"].isEmpty)
    #expect(try client.get().text == "helloyou")
    #expect(stage.legacy.connectionCount == 1)
  }

  @Test("A 1.0 client gets the data of a chunked answer alone, ended by close")
  func chunkedToOldClient() throws {
    let stage = try Stage(legacy: .answering(chunkedHead + "5\r\nhello\r\n3\r\nyou\r\n0\r\nDigest: x\r\n\r\n"))
    let client = try stage.client()
    let answer = try client.ask("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
    #expect(answer.text == "helloyou")
    #expect(answer.head["Transfer-Encoding"].isEmpty)
    #expect(answer.head["Trailer"].isEmpty)
    #expect(answer.head["Connection"] == ["close"])
  }

  @Test("An answer that ends by close passes whole, and the client's connection ends with it")
  func untilClose() throws {
    let stage = try Stage(legacy: [
      .request, .send("HTTP/1.1 200 OK\r\n\r\nuntil"), .pause(0.05), .send(" close"), .close,
    ])
    let client = try stage.client()
    let answer = try client.get()
    #expect(answer.text == "until close")
    #expect(answer.head["Connection"] == ["close"])
  }

  @Test("A 1.0 answer with a length passes, and its connection is not used again")
  func oldAnswer() throws {
    let stage = try Stage(legacy: [.request, .send("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"), .again])
    let client = try stage.client()
    let answer = try client.get()
    #expect(answer.text == "ok")
    #expect(answer.head.startLine == "HTTP/1.1 200 OK")
    #expect(try client.get().text == "ok")
    #expect(stage.legacy.connectionCount == 2)
  }

  @Test(
    "An answer that ends early is never given a clean end",
    arguments: [
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", chunkedHead + "5\r\nhello\r\n", chunkedHead + "5\r\nhe",
      chunkedHead + "5\r\nhello\r\n0\r\n", chunkedHead + "5\r\nhelloX", chunkedHead + "5\r\nhello\r\nG\r\n",
      chunkedHead + "5\r\nhello\r\n0\r\nDigest : x\r\n\r\n",
    ], [true, false])
  func endsEarly(_ answer: String, _ resets: Bool) throws {
    let stage = try Stage(legacy: [.request, .send(answer), .pause(0.1), resets ? .reset : .close])
    let client = try stage.client()
    #expect(throws: WireError.self) { try client.get() }
    let old = try stage.client()
    try old.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    #expect(old.readToEnd().end == .reset)
    #expect(try stage.client().get(user: "uma").text == "unified")
  }

  @Test("A body until close that is reset is not given a clean end")
  func resetUntilClose() throws {
    let stage = try Stage(legacy: [.request, .send("HTTP/1.1 200 OK\r\n\r\nhalf"), .pause(0.1), .reset])
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(client.readToEnd().end == .reset)
  }

  @Test(
    "The answer to HEAD has no body, whatever its fields say",
    arguments: ["Content-Length: 10", "Transfer-Encoding: chunked"])
  func head(_ field: String) throws {
    let stage = try Stage(legacy: .answering("HTTP/1.1 200 OK\r\n\(field)\r\n\r\n"))
    let client = try stage.client()
    let answer = try client.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    // What says how to transfer a body that is not there may be left out (RFC 9112 6.1).
    #expect(answer.head["Content-Length"] == (field == "Content-Length: 10" ? ["10"] : []))
    _ = try client.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(stage.legacy.connectionCount == 1)
  }

  @Test("204 and 304 have no body and go on", arguments: ["204 No Content", "304 Not Modified\r\nContent-Length: 10"])
  func bodiless(_ status: String) throws {
    let stage = try Stage(legacy: .answering("HTTP/1.1 \(status)\r\nETag: \"a\"\r\n\r\n"))
    let client = try stage.client()
    #expect(try client.get().head["ETag"] == ["\"a\""])
    #expect(try client.get().body.bytes.isEmpty)
    #expect(stage.legacy.connectionCount == 1)
  }

  @Test("An answer comes back as the upstream wrote it: order, octets, Set-Cookie on its own lines, reason")
  func fields() throws {
    let fields = "Set-Cookie: a=1\r\nX-A: 1\r\nset-cookie: b=2, c\r\nX-Octets: \u{E9}\r\nx-a: 2\r\nContent-Length: 0"
    let stage = try Stage(legacy: .answering("HTTP/1.1 299 Odd (but fine)\r\n\(fields)\r\n\r\n"))
    let answer = try stage.client().get()
    #expect(answer.head.startLine == "HTTP/1.1 299 Odd (but fine)")
    #expect(answer.head["Set-Cookie"] == ["a=1", "b=2, c"])
    #expect(answer.head["X-A"] == ["1", "2"])
    #expect(answer.head["X-Octets"] == ["\u{E9}"])
  }

  @Test("Date is added where it is missing, and kept where it is not")
  func date() throws {
    let stage = try Stage(
      legacy: .answering("HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n"))
    let client = try stage.client()
    #expect(try client.get().head["Date"] == ["Sun, 06 Nov 1994 08:49:37 GMT"])
    let added = try client.get(user: "uma").head["Date"]
    #expect(added.count == 1)
    #expect(added[0].hasSuffix(" GMT"))
    #expect(added[0].utf8.count == 29)
  }
}

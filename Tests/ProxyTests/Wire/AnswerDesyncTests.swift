import TestSupport
import Testing

@Suite("Bytes that an upstream sent too many reach nobody", .ownThread)
struct AnswerDesyncTests {
  private static let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"

  @Test(
    "What stands behind an answer is not the next answer",
    arguments: [
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n",
      "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n",
    ], [0.0, 0.1])
  func surplus(_ answer: String, _ delay: Double) throws {
    let first: [UpstreamStep] =
      delay == 0
      ? [.request, .send(answer + Self.poison), .again]
      : [.request, .send(answer), .pause(delay), .send(Self.poison), .again]
    let stage = try Stage(ScriptedUpstream(first, .saying("clean")), ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    #expect(!(try client.get().text.contains("poison")))
    pause(.seconds(delay * 2))
    #expect(try client.get().text == "clean")
    #expect(try stage.client().get().text == "clean")
    #expect(stage.legacy.connectionCount == 2)
  }

  @Test("A body behind the answer to HEAD", arguments: [true, false])
  func behindHead(_ isChunked: Bool) throws {
    let body =
      isChunked ? "Transfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n" : "Content-Length: 6\r\n\r\npoison"
    let first: [UpstreamStep] = [.request, .send("HTTP/1.1 200 OK\r\n\(body)"), .again]
    let stage = try Stage(ScriptedUpstream(first, .saying("clean")), ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    _ = try client.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.get().text == "clean")
    #expect(stage.legacy.connectionCount == 2)
  }

  @Test("An answer that is there before its request is for nobody")
  func beforeRequest() throws {
    let first: [UpstreamStep] = [
      .request, .send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"), .pause(0.05), .send(Self.poison), .stall,
    ]
    let stage = try Stage(ScriptedUpstream(first, .saying("clean")), ScriptedUpstream(.saying("unified")))
    #expect(try stage.client().get().text == "good")
    pause(.milliseconds(150))
    #expect(try stage.client().get().text == "clean")
  }

  @Test("Pipelined requests behind a poisoned answer get answers of their own")
  func pipelined() throws {
    let first: [UpstreamStep] = [
      .request, .send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood" + Self.poison), .again,
    ]
    let stage = try Stage(ScriptedUpstream(first, .saying("clean")), ScriptedUpstream(.saying("unified")))
    let client = try stage.client()
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    try client.send(request + request + request)
    let texts = try (0..<3).map { _ in try client.readResponse().text }
    #expect(texts == ["good", "clean", "clean"])
  }
}

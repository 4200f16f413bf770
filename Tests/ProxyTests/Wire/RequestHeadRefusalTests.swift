import TestSupport
import Testing

@Suite("A request head that breaks the rules is refused, and no upstream sees a byte of it", .ownThread)
struct RequestHeadRefusalTests {
  @Test(
    "Bare CR, bare LF, NUL and other controls are refused wherever they stand",
    arguments: [
      Refusal(400, "bare LF behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
      Refusal(400, "bare LF behind a field", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
      Refusal(400, "bare LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
      Refusal(400, "bare CR in the request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "bare CR in a value", field: "X: a\rb"),
      Refusal(400, "NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "NUL in a name", field: "X\0Y: a"),
      Refusal(400, "NUL in a value", field: "X: a\0b"),
      Refusal(400, "DEL in a value", field: "X: a\u{7F}b"),
      Refusal(400, "a control in a value", field: "X: a\u{1}b"),
      Refusal(400, "two empty lines in front", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ])
  func controls(_ refusal: Refusal) throws { try refusal.expectRefused() }

  @Test(
    "A request line is a method, a target and a version with one space between",
    arguments: [
      Refusal(400, "two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "a tab", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "a space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
      Refusal(400, "no version", "GET /\r\nHost: a\r\n\r\n"),
      Refusal(400, "a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "an empty method", " / HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(505, "HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
      Refusal(505, "HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n"),
      Refusal(400, "http/1.1", "GET / http/1.1\r\nHost: a\r\n\r\n"),
      Refusal(400, "HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"),
      Refusal(400, "white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    ])
  func requestLines(_ refusal: Refusal) throws { try refusal.expectRefused() }

  @Test(
    "A field is a token, a colon and a value on one line",
    arguments: [
      Refusal(400, "a space before the colon", field: "X : a"),
      Refusal(400, "a tab before the colon", field: "X\t: a"),
      Refusal(400, "an empty name", field: ": a"),
      Refusal(400, "a name that is no token", field: "X(Y): a"),
      Refusal(400, "no colon", field: "X"),
      Refusal(400, "a folded line", field: "X: a\r\n b"),
      Refusal(400, "a name with a byte above 0x7F", field: "Xé: a"),
    ])
  func fields(_ refusal: Refusal) throws { try refusal.expectRefused() }

  @Test(
    "At a limit the answer says which",
    arguments: [
      Refusal(414, "a target of 300 bytes", "GET /\(String(repeating: "a", count: 300)) HTTP/1.1\r\nHost: a\r\n\r\n"),
      Refusal(431, "a head of 2 KiB", field: "X: \(String(repeating: "a", count: 2_048))"),
      Refusal(431, "17 fields", field: (1...16).map { "X\($0): a" }.joined(separator: "\r\n")),
      Refusal(
        413, "a body of 101 bytes",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" + String(repeating: "b", count: 101)),
    ])
  func limits(_ refusal: Refusal) throws {
    try refusal.expectRefused(
      settings: "limits: { head_bytes: 1024, target_bytes: 256, header_fields: 16, request_body_bytes: 100 }")
  }

  @Test("A chunked body over its limit is refused with 413, and the upstream is not given an end")
  func chunkedBodyOverLimit() throws {
    let stage = try Stage(settings: "limits: { request_body_bytes: 100 }")
    let client = try stage.client()
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n")
    try client.send(
      String(repeating: "b", count: 64), "\r\n40\r\n" + String(repeating: "b", count: 64) + "\r\n0\r\n\r\n")
    #expect(try client.readResponse().status == 413)
    #expect(client.end() == .closed)
    #expect(stage.legacy.bodies.isEmpty)
  }

  @Test("A limit is met exactly: what just fits passes")
  func justWithinLimits() throws {
    let stage = try Stage(settings: "limits: { target_bytes: 256, header_fields: 16, request_body_bytes: 100 }")
    let fields = (1...14).map { "X\($0): a\r\n" }.joined()
    let target = "/" + String(repeating: "a", count: 255)
    let body = String(repeating: "b", count: 100)
    let answer = try stage.client().ask(
      "POST \(target) HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: 100\r\n\r\n\(body)")
    #expect(answer.status == 200)
  }

  @Test(
    "What this proxy does not do is said so",
    arguments: [
      Refusal(501, "CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
      Refusal(501, "gzip as a transfer coding", field: "Transfer-Encoding: gzip, chunked"),
      Refusal(417, "an unknown expectation", field: "Expect: 200-ok"),
    ])
  func unsupported(_ refusal: Refusal) throws { try refusal.expectRefused() }
}

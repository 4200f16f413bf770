import Testing

/// Bytes that are no request, and the status that says why.
struct MalformedRequest: CustomTestStringConvertible {
  let testDescription: String
  let status: Int
  let bytes: String

  init(_ description: String, _ status: Int, _ bytes: String) {
    testDescription = description
    self.status = status
    self.bytes = bytes
  }

  static let all = [
    MalformedRequest("lines without CR", 400, "GET / HTTP/1.1\nHost: t\n\n"),
    MalformedRequest("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
    MalformedRequest("two Hosts", 400, "GET / HTTP/1.1\r\nHost: t\r\nHost: t\r\n\r\n"),
    MalformedRequest("two spaces", 400, "GET  / HTTP/1.1\r\nHost: t\r\n\r\n"),
    MalformedRequest("space before a colon", 400, "GET / HTTP/1.1\r\nHost: t\r\nX : 1\r\n\r\n"),
    MalformedRequest(
      "length and coding", 400,
      "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
    MalformedRequest("signed length", 400, "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: +1\r\n\r\n"),
    MalformedRequest(
      "no chunk size", 400, "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    MalformedRequest("version 2.0", 505, "GET / HTTP/2.0\r\nHost: t\r\n\r\n"),
    MalformedRequest("CONNECT", 501, "CONNECT t:1 HTTP/1.1\r\nHost: t\r\n\r\n"),
    MalformedRequest("unknown expectation", 417, "GET / HTTP/1.1\r\nHost: t\r\nExpect: cake\r\n\r\n"),
    MalformedRequest("long target", 414, "GET /\(long(9_000)) HTTP/1.1\r\nHost: t\r\n\r\n"),
    MalformedRequest("long head", 431, "GET / HTTP/1.1\r\nHost: t\r\nX: \(long(17_000))\r\n\r\n"),
    MalformedRequest(
      "many fields", 431, "GET / HTTP/1.1\r\nHost: t\r\n" + String(repeating: "A: b\r\n", count: 100) + "\r\n"),
  ]

  private static func long(_ count: Int) -> String { String(repeating: "a", count: count) }
}

import Bytes
import HTTPWire
import Testing

/// Values at which a rule changes its answer.
@Suite("The boundaries of the rules of HTTP")
struct BoundaryTests {
  @Test(
    "An IPv6 literal holds at least two characters",
    arguments: [("[]", false), ("[:]", false), ("[1]", false), ("[::]", true), ("[::1]", true), ("[::]:", true)])
  func literal(host: String, isValid: Bool) {
    #expect((refusal("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == nil) == isValid)
  }

  @Test(
    "A port is empty or a number from 0 to 65535 with at most five digits",
    arguments: [
      ("a:", true), ("a:0", true), ("a:00000", true), ("a:65535", true), ("a:65536", false), ("a:000000", false),
      ("a:99999", false), ("[::1]:65535", true), ("[::1]:65536", false),
    ])
  func port(host: String, isValid: Bool) {
    #expect((refusal("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == nil) == isValid)
  }

  @Test(
    "A percent sign in a host is followed by two hexadecimal digits, also at its end",
    arguments: [("a%20", true), ("%20", true), ("a%2", false), ("a%", false), ("a%g0", false), ("a%0g", false)])
  func percent(host: String, isValid: Bool) {
    #expect((refusal("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == nil) == isValid)
  }

  @Test("Each byte of a host is allowed or not by its class alone")
  func hostBytes() {
    let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+;=".utf8)
    // A colon begins a port, a percent sign an escape, and white space in front is no part of the value.
    for byte in UInt8(0x21)...0xFF where byte != 0x3A && byte != 0x25 {
      let bytes = Array("GET / HTTP/1.1\r\nHost: a".utf8) + [byte] + Array("z\r\n\r\n".utf8)
      #expect((refusal(bytes) == nil) == allowed.contains(byte), "byte \(byte)")
    }
  }

  @Test(
    "Each trailer that could pass for a field of the head is dropped",
    arguments: [
      "Accept-Ranges", "Access-Control-Allow-Origin", "Authentication-Info", "Age", "Allow", "Content-Digest",
      "Cookie2",
      "Client-IP", "Connection-X", "CF-Connecting-IP", "X-Forwarded", "X-Turnout-X", "X-User", "X-Auth",
      "X-Real-Name", "X-Original-Host", "X-Client-IP", "X-Remote-Addr", "X-HTTP-Method", "X-Request-ID-2", "X-Session",
      "X-Account", "X-Cluster-Client-IP", "X-Rewrite-URL", "Proxy", "If-Range", "Set-Cookie2", "Sec-Fetch-Site",
      "WWW-Authenticate-2", "Range", "Forwarded", "True-Client-IP", "Remote-Addr", "Location", "Pragma", "Expires",
      "Vary",
      "Retry-After", "Origin", "Referer", "From", "User-Agent", "HTTP2-Settings", "Status",
    ])
  func forbiddenTrailer(name: String) {
    #expect(Decoding().run("1\r\na\r\n0\r\n\(name): v\r\n\r\n").text == "1\r\na\r\n0\r\n\r\n")
  }

  @Test(
    "A trailer whose name only begins like a forbidden one is forwarded",
    arguments: [
      "Accep", "Access-Contro", "Aut", "Ag", "Allo", "Content", "Cooki", "Cache-Contro", "Client", "Connectio", "CF",
      "X-Forwarde", "X-Turnout", "X-Use", "X-Aut", "X-Real", "X-Original", "X-Client", "X-Remote", "X-HTTP",
      "X-Request-I",
      "X-Sessio", "X-Accoun", "X-Cluster-Clien", "X-Rewrite", "Prox", "If", "Set-Cooki", "Sec", "WWW-Authenticat",
      "Rang",
      "Forwarde", "True-Client", "Remote", "Locatio", "Pragm", "Expire", "Var", "Retry-Afte", "Origi", "Refere", "Fro",
      "Use", "HTTP2-Setting", "Statu",
    ])
  func allowedTrailer(name: String) {
    let body = "1\r\na\r\n0\r\n\(name): v\r\n\r\n"
    #expect(Decoding().run(body).text == body)
  }

  @Test("The trace id stands between the first two hyphens of a traceparent")
  func traceID() {
    let value = Array("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".utf8)
    #expect(value.count == TraceParent.length)
    #expect(String(decoding: value[TraceParent.traceID.bounds], as: UTF8.self) == "4bf92f3577b34da6a3ce929d0e0e4736")
  }

  @Test("A head has 16 KiB, a target 8 KiB of it and 100 fields unless told otherwise; a trailer line has 2 KiB")
  func standardLimits() {
    let limits = HeadLimits()
    #expect(limits.headBytes == 16 << 10)
    #expect(limits.targetBytes == 8 << 10)
    #expect(limits.fields == 100)
    #expect(BodyDecoder.maximumTrailerLine == 2 << 10)
  }

  @Test("A table holds as many fields as it is made for, one without room or with less than none holds none")
  func table() {
    let field = Field(line: .empty, name: .empty, value: .empty, id: .other, isDropped: false)
    for (capacity, count) in [(-1, 0), (0, 0), (1, 1), (3, 3)] {
      var table = FieldTable(capacity: capacity)
      for number in 1...4 {
        let fits = table.append(field)
        #expect(fits == (number <= count), "field \(number) of \(capacity)")
      }
      #expect(table.count == count)
      // Outside the table everything is dropped.
      #expect(table[count].isDropped)
      #expect(table[-1].isDropped)
      for index in 0..<count { #expect(!table[index].isDropped) }
    }
  }
}

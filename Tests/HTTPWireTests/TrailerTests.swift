import HTTPWire
import Testing

@Suite struct TrailerTests {
  @Test(
    "Trailers that only add to a body are forwarded",
    arguments: [
      "Digest", "grpc-status", "Grpc-Message", "Server-Timing", "ETag", "X-Checksum", "X-Amz-Checksum-Sha256",
    ])
  func kept(name: String) {
    let body = "1\r\na\r\n0\r\n\(name): v\r\n\r\n"
    #expect(Decoding().run(body).text == body)
  }

  @Test(
    "Trailers that frame, route, authenticate or name a user are dropped, in any case and with underscores",
    arguments: [
      "Transfer-Encoding", "Content-Length", "Content-Type", "CONTENT_ENCODING", "Content-Range", "Host", "Connection",
      "Keep-Alive", "TE", "Trailer", "Upgrade", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate",
      "Authorization", "Cookie", "Set-Cookie", "set_cookie", "WWW-Authenticate", "X-Forwarded-For", "X-Forwarded-Host",
      "x_forwarded_proto", "X-Forwarded-Anything", "Forwarded", "X-Turnout-Cohort", "X-Turnout-Flag", "X-Turnout-New",
      "X-User-Id", "X_User_Id", "X-Real-IP", "X-Request-Id", "X-Auth-Request-User", "X-Remote-User", "Remote-User",
      "If-Match", "If-None-Match", "Range", "Expect", "Max-Forwards", "Cache-Control", "Pragma", "Date", "Via", "Age",
      "Expires", "Location", "Retry-After", "Vary", "X-HTTP-Method-Override", "X-Original-URL", "Accept", "Origin",
    ])
  func forbidden(name: String) {
    for spelling in [name, name.lowercased(), name.uppercased()] {
      let decoded = Decoding().run("1\r\na\r\n0\r\nA: b\r\n\(spelling): v\r\nC: d\r\n\r\n")
      #expect(decoded.text == "1\r\na\r\n0\r\nA: b\r\nC: d\r\n\r\n")
      #expect(decoded.isComplete)
    }
  }

  @Test("All trailers are dropped for a 1.0 receiver and where the head's Connection names fields")
  func allDropped() {
    let body = "1\r\na\r\n0\r\nDigest: v\r\nX: y\r\n\r\n"
    #expect(Decoding(keepsChunkFraming: false).run(body).text == "a")
    #expect(Decoding(dropsTrailers: true).run(body).text == "1\r\na\r\n0\r\n\r\n")
  }

  @Test(
    "A trailer line that is no field is refused, even where trailers are dropped",
    arguments: [
      ": v\r\n", "A : v\r\n", "A\r\n", " A: v\r\n", "A: v\r\n b\r\n", "A: v\n", "A: \0\r\n", "A: v\rX", "\rX", "\n",
      "A(: v\r\n", "GET / HTTP/1.1\r\n",
    ])
  func malformed(line: String) {
    for keeps in [true, false] {
      let decoded = Decoding(keepsChunkFraming: keeps).run("0\r\n\(line)\r\n\r\n")
      #expect(decoded.error == .invalidTrailer)
      #expect(!decoded.isComplete)
    }
  }

  @Test("Trailers of exactly the limit pass, longer ones are refused")
  func limit() {
    let lines = String(repeating: "Trail: 890\r\n", count: 10)
    #expect(Decoding(trailerLimit: 120).run("0\r\n\(lines)\r\n").isComplete)
    #expect(Decoding(trailerLimit: 119).run("0\r\n\(lines)\r\n").error == .trailersTooLong)
    #expect(Decoding(trailerLimit: 0).run("0\r\n\r\n").isComplete)
    for limit in [0, -1, Int.min] { #expect(Decoding(trailerLimit: limit).run("0\r\nA").error == .trailersTooLong) }
  }

  @Test("A trailer line of 2,048 bytes gets through a buffer of 4 KiB, a longer one is refused before it ends")
  func longLine() {
    let longest = "A: " + String(repeating: "v", count: BodyDecoder.maximumTrailerLine - 5)
    #expect(Decoding(trailerLimit: 100_000).run("0\r\n\(longest)\r\n\r\n").isComplete)
    #expect(Decoding(trailerLimit: 100_000).run("0\r\n\(longest)vvv").error == .trailersTooLong)
    #expect(Decoding(trailerLimit: .max).run("0\r\n" + String(repeating: "v", count: 9_999)).error == .trailersTooLong)
  }
}

import Bytes
import HTTPWire
import TestSupport
import Testing

/// The same bytes give the same result, in whatever pieces they come.
@Suite struct SplitTests {
  static let requests = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nPOST http://a.example/b?c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    "GET /\0 HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
    "GET / HTTP/2.0\r\n\r\n", "G\rET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET\r\n\r\n",
    "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n",
    "GET / HTTP/1.1\r\nA\r\n\r\n", "OPTIONS * HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\0", "\r\n\r\n",
    "CONNECT a:1 ",
    "GET /" + String(repeating: "a", count: 70) + "\0 HTTP/1.1\r\n\r\n", String(repeating: "M", count: 40) + "\0",
    "GET / HTTP/1.0\r\n" + String(repeating: "A: b\r\n", count: 12) + "\0\r\n\r\n",
    "GET / HTTP/1.0\r\nA: " + String(repeating: "v", count: 150) + "\0\r\n\r\n",
  ]

  static let limits = HeadLimits(headBytes: 128, targetBytes: 64, fields: 8)

  @Test("Every prefix of a request is incomplete or ends as the whole does", arguments: requests)
  func requestPrefixes(text: String) throws {
    let bytes = Array(text.utf8)
    let whole = outcome(bytes)
    var isDecided = false
    for length in 0...bytes.count {
      let part = outcome(Array(bytes.prefix(length)))
      if part == .pending {
        #expect(!isDecided)
      } else {
        #expect(part == whole, "\(length) bytes")
        isDecided = true
      }
    }
  }

  @Test("Every prefix of an answer is incomplete or ends as the whole does")
  func responsePrefixes() throws {
    for text in [
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: x\r\n\r\nhello", "HTTP/1.1 200\r\n\r\n", "HTTP/1.1 2x0\r\n\r\n",
      "HTTP/1.1 200 \0\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\n\r\n", "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
      "HTTP/1.7 200 OK\r\n\r\n",
      "HTTP/1.1\r\n\r\n", "HTTP/1.1 200\r\r\n\r\n", "HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 50),
    ] {
      let whole = responseOutcome(Array(text.utf8))
      for length in 0...text.utf8.count {
        let part = responseOutcome(Array(text.utf8.prefix(length)))
        #expect(part == "pending" || part == whole, "\(length) bytes of \(text)")
      }
    }
  }

  static let bodies = [
    "5\r\nhello\r\n0\r\n\r\nGET", "0005;a=b\r\nhello\r\n00;x\r\nDigest: y\r\nHost: a\r\n\r\nGET", "5\r\nhelloX\r\n",
    "5;\0\r\n",
    "1\r\na\r\ng\r\n", "0\r\nA : b\r\n\r\n", "0\r\nA: b\r\n c\r\n\r\n", "fffffffffffffffff\r\n", "5 \r\n", "0\r\n\rX",
    "5;" + String(repeating: "e", count: 300) + "\0\r\n", "0\r\n" + String(repeating: "A: b\r\n", count: 30) + "\r\n",
    "0\r\nA: " + String(repeating: "v", count: 200) + "\0\r\n\r\n",
    "1f;x\r\n" + String(repeating: "d", count: 31) + "\r\n01\r\n",
  ]

  @Test("A chunked body in any pieces gives the same bytes, the same rest and the same error", arguments: bodies)
  func bodyPieces(text: String) {
    let seed = UInt64.random(in: 0 ... .max)
    print("SplitTests.bodyPieces seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    for keeps in [true, false] {
      let decoding = Decoding(keepsChunkFraming: keeps, trailerLimit: 100, capacity: 512)
      let whole = decoding.run(Array(text.utf8), nextLength: { 512 })
      #expect(decoding.run(Array(text.utf8), nextLength: { 1 }) == whole, "seed \(seed)")
      for _ in 0..<50 {
        let longest = Int.random(in: 1...20, using: &generator)
        let pieces = decoding.run(Array(text.utf8), nextLength: { Int.random(in: 1...longest, using: &generator) })
        #expect(pieces == whole, "seed \(seed)")
      }
    }
  }

  private enum Outcome: Equatable {
    case pending
    case refused(RequestHeadError)
    case parsed(Int, String, Int)
  }

  private func outcome(_ bytes: [UInt8]) -> Outcome {
    do throws(RequestHeadError) {
      guard let parsed = try parseRequest(bytes, limits: Self.limits) else { return .pending }
      return .parsed(parsed.head.length, parsed.written + targetText(parsed), parsed.fields.count)
    } catch {
      return .refused(error)
    }
  }

  private func responseOutcome(_ bytes: [UInt8]) -> String {
    do throws(ResponseHeadError) {
      guard let parsed = try parseResponse(bytes, limits: Self.limits) else { return "pending" }
      return "\(parsed.head.status) \(parsed.head.length) \(parsed.written)"
    } catch {
      return error.label.description
    }
  }
}

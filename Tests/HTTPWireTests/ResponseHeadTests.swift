import Bytes
import HTTPWire
import Testing

@Suite struct ResponseHeadTests {
  @Test("A status line is read into version, status and reason")
  func ordinary() throws {
    let parsed = try #require(try response("HTTP/1.1 404 Not  Found", "Date: now", "Content-Length: 3"))
    #expect(parsed.head.status == 404)
    #expect(parsed.head.minorVersion == 1)
    #expect(parsed.text(parsed.head.reason) == "Not  Found")
    #expect(parsed.text(parsed.head.statusLine) == "HTTP/1.1 404 Not  Found\r\n")
    #expect(parsed.head.length == parsed.bytes.count)
    #expect(parsed.head.hasDate)
    #expect(parsed.head.hasContentLengthField)
    #expect(parsed.head.keepsAlive)
  }

  @Test("The reason may be empty, absent, or hold any text", arguments: ["", " ", " \u{e9}t\u{e9}", " a\tb"])
  func reasons(reason: String) throws {
    let parsed = try #require(try response("HTTP/1.0 200\(reason)", "Content-Length: 0"))
    #expect(parsed.text(parsed.head.reason) == String(reason.dropFirst()))
    #expect(parsed.head.minorVersion == 0)
  }

  @Test(
    "Anything else in place of a status line is refused",
    arguments: [
      ("HTTP/1.1 099 x", .invalidStatus), ("HTTP/1.1 600 x", .invalidStatus), ("HTTP/1.1 999", .invalidStatus),
      ("HTTP/1.1 20 x", .invalidStatus), ("HTTP/1.1 2x0 x", .invalidStatus), ("HTTP/1.1 +20 x", .invalidStatus),
      ("HTTP/1.1 2000 x", .malformedStatusLine), ("HTTP/1.1 200\tx", .malformedStatusLine),
      ("HTTP/1.1  200 x", .invalidStatus), ("HTTP/1.1\t200 x", .malformedStatusLine),
      ("HTTP/1.1", .malformedStatusLine),
      ("HTTP/1.1 ", .invalidStatus), ("HTTP/2.0 200 x", .unsupportedVersion), ("HTTP/1.2 200 x", .unsupportedVersion),
      ("http/1.1 200 x", .malformedStatusLine), ("ICY 200 OK", .malformedStatusLine), ("", .malformedStatusLine),
      (" HTTP/1.1 200 x", .malformedStatusLine), ("HTTP/1.1 200 a\u{0}b", .controlCharacter),
      ("HTTP/1.1 200 a\nb", .bareLineFeed), ("HTTP/1.1 200 a\rb", .bareCarriageReturn),
      ("HTTP/1.1 200\nb", .bareLineFeed), ("HTTP/1.1 200\u{7f}", .controlCharacter),
    ] as [(String, ResponseHeadError)])
  func malformed(line: String, error: ResponseHeadError) {
    #expect(responseRefusal("\(line)\r\nContent-Length: 0\r\n\r\n") == error)
  }

  @Test("Every status from 100 to 599 passes")
  func statuses() throws {
    for status in 100...599 {
      #expect(try #require(try response("HTTP/1.1 \(status) x")).head.status == status)
    }
  }

  @Test("An answer that declares no length ends with its connection")
  func untilClose() throws {
    for version in ["1.0", "1.1"] {
      let parsed = try #require(try response("HTTP/\(version) 200 OK", "Connection: keep-alive"))
      #expect(parsed.head.framing == .untilClose)
      #expect(!parsed.head.keepsAlive)
    }
  }

  @Test("Answers to HEAD, 1xx, 204 and 304 have no body whatever their fields say")
  func bodiless() throws {
    let fields = [["Content-Length: 5"], ["Transfer-Encoding: chunked"], []]
    for (status, method) in [(200, HTTPWire.Method.head), (100, .get), (103, .get), (204, .get), (304, .get)] {
      for lines in fields {
        let text = (["HTTP/1.1 \(status) x"] + lines).joined(separator: "\r\n") + "\r\n\r\n"
        let parsed = try #require(try parseResponse(Array(text.utf8), answering: method))
        #expect(parsed.head.framing == .none)
        #expect(parsed.head.keepsAlive)
        #expect(!parsed.kept.contains("Transfer-Encoding"))
      }
    }
  }

  @Test("Content-Length is kept once where it tells of a body that does not follow, and dropped elsewhere")
  func keptLength() throws {
    for (status, method, isKept) in [
      (200, HTTPWire.Method.head, true), (304, .get, true), (304, .head, true), (204, .get, false), (204, .head, false),
      (100, .get, false), (103, .head, false), (200, .get, false),
    ] {
      let parsed = try #require(
        try response("HTTP/1.1 \(status) x", "Content-Length: 5", "A: b", "Content-Length: 5", to: method))
      #expect(parsed.kept == (isKept ? ["Content-Length", "A"] : ["A"]), "\(status) to \(method)")
      #expect(parsed.head.hasContentLengthField)
    }
  }

  @Test("A Date that Connection drops does not count")
  func droppedDate() throws {
    let parsed = try #require(try response("HTTP/1.1 200 OK", "Date: now", "Connection: date"))
    #expect(!parsed.head.hasDate)
    #expect(parsed.kept.isEmpty)
  }

  @Test("That Connection names upgrade is remembered for a 101")
  func upgrade() throws {
    let parsed = try #require(try response("HTTP/1.1 101 x", "Connection: Upgrade", "Upgrade: websocket"))
    #expect(parsed.head.namesUpgrade)
    #expect(parsed.head.framing == .none)
    #expect(try #require(try response("HTTP/1.1 101 x", "Upgrade: websocket")).head.namesUpgrade == false)
  }
}

import HTTPWire
import Testing

@Suite struct RequestLineTests {
  @Test("A request line is read into method, target and version")
  func ordinary() throws {
    let parsed = try #require(try request("POST /a/b?c=d&e HTTP/1.1", "Accept: */*"))
    #expect(parsed.head.method == .post)
    #expect(parsed.text(parsed.head.methodText) == "POST")
    #expect(parsed.text(parsed.head.target) == "/a/b?c=d&e")
    #expect(parsed.text(parsed.head.path) == "/a/b")
    #expect(parsed.text(parsed.head.query) == "c=d&e")
    #expect(parsed.text(parsed.head.host) == "a.example")
    #expect(parsed.head.minorVersion == 1)
    #expect(parsed.head.length == parsed.bytes.count)
    #expect(parsed.head.framing == .none)
  }

  @Test(
    "Methods are told apart by their exact bytes, and unknown ones pass",
    arguments: [
      ("GET", .get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete), ("OPTIONS", .options),
      ("TRACE", .trace), ("PATCH", .patch), ("get", .other), ("PROPFIND", .other), ("X", .other), ("M-SEARCH", .other),
      ("GETT", .other), ("!#$%&'*+-.^_`|~", .other), ("UPDATEREDIRECTREF", .other), ("QUERY", .other),
    ] as [(String, HTTPWire.Method)])
  func methods(name: String, method: HTTPWire.Method) throws {
    let parsed = try #require(try request("\(name) / HTTP/1.1"))
    #expect(parsed.head.method == method)
    #expect(parsed.text(parsed.head.methodText) == name)
  }

  @Test("Only methods without further effect when repeated are idempotent")
  func idempotence() {
    let idempotent: [HTTPWire.Method] = [.get, .head, .put, .delete, .options, .trace]
    for raw in HTTPWire.Method.get.rawValue...HTTPWire.Method.other.rawValue {
      guard let method = HTTPWire.Method(rawValue: raw) else { continue }
      #expect(method.isIdempotent == idempotent.contains(method))
    }
  }

  @Test(
    "A request line that is not exactly three parts with one space between is refused",
    arguments: [
      ("GET  / HTTP/1.1", .malformedRequestLine), ("GET /  HTTP/1.1", .malformedVersion),
      ("GET / HTTP/1.1 ", .malformedRequestLine), ("GET /", .malformedRequestLine), ("GET", .malformedRequestLine),
      (" GET / HTTP/1.1", .invalidMethod), ("GET\t/ HTTP/1.1", .invalidMethod), ("GET /\tHTTP/1.1", .invalidTarget),
      ("GET / \tHTTP/1.1", .malformedVersion), ("G(T / HTTP/1.1", .invalidMethod),
      ("\"GET\" / HTTP/1.1", .invalidMethod),
      ("GET / HTTP/1.1 x", .malformedRequestLine), ("GET / HTTP/1.11", .malformedRequestLine),
      ("GET / HTTP/1.", .malformedRequestLine), ("GET / http/1.1", .malformedVersion),
      ("GET / HTTP/x.1", .malformedVersion), ("GET / HTTP 1.1", .malformedVersion), ("GET / ", .malformedRequestLine),
      ("G\u{e9}T / HTTP/1.1", .invalidMethod), ("GET / HTTP/+1.1", .malformedVersion), ("GET / 1.1", .malformedVersion),
    ] as [(String, RequestHeadError)])
  func malformed(line: String, error: RequestHeadError) {
    #expect(refusal("\(line)\r\nHost: a\r\n\r\n") == error)
    #expect(error.status == 400)
  }

  @Test("Any version but HTTP/1.0 and HTTP/1.1 is answered 505", arguments: ["0.9", "1.2", "1.9", "2.0", "3.0", "9.9"])
  func versions(version: String) {
    #expect(refusal("GET / HTTP/\(version)\r\nHost: a\r\n\r\n") == .unsupportedVersion)
    #expect(RequestHeadError.unsupportedVersion.status == 505)
    #expect(refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == .unsupportedVersion)
  }

  @Test("One empty line may come before a request, two may not")
  func emptyLines() throws {
    let one = try #require(try parseRequest(Array("\r\nGET / HTTP/1.0\r\n\r\n".utf8)))
    #expect(one.head.length == one.bytes.count)
    #expect(one.text(one.head.methodText) == "GET")
    #expect(refusal("\r\n\r\nGET / HTTP/1.0\r\n\r\n") == .malformedRequestLine)
    #expect(refusal("\nGET / HTTP/1.0\r\n\r\n") == .bareLineFeed)
    #expect(refusal("\rGET / HTTP/1.0\r\n\r\n") == .bareCarriageReturn)
  }

  @Test("CONNECT is answered 501 as soon as it is known")
  func connect() {
    #expect(refusal("CONNECT ") == .connectNotSupported)
    #expect(refusal("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n") == .connectNotSupported)
    #expect(RequestHeadError.connectNotSupported.status == 501)
  }

  @Test("A method of 32 bytes passes, a longer one is answered 501")
  func methodLength() throws {
    #expect(try request(String(repeating: "M", count: 32) + " / HTTP/1.1") != nil)
    #expect(refusal(String(repeating: "M", count: 33)) == .methodTooLong)
    #expect(RequestHeadError.methodTooLong.status == 501)
  }

  @Test("Bare CR, bare LF, NUL and other controls in the request line are refused, wherever they stand")
  func controls() {
    let line = Array("GET /path?query HTTP/1.1".utf8)
    for position in line.indices {
      for control in Array(UInt8(0)...0x1F) + [0x7F] where control != 0x09 {
        var bytes = line
        bytes[position] = control
        let error = refusal(bytes + Array("\r\nHost: a\r\n\r\n".utf8))
        switch control {
        case 0x0A: #expect(error == .bareLineFeed)
        case 0x0D: #expect(error == .bareCarriageReturn)
        default: #expect(error == .controlCharacter)
        }
      }
    }
  }
}

import TestSupport
import Testing

@Suite("A request head reaches the upstream as it was meant", .ownThread)
struct RequestForwardingTests {
  @Test("One empty line in front is skipped")
  func emptyLineInFront() throws {
    let stage = try Stage()
    #expect(try stage.client().ask("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
  }

  @Test("Unknown methods pass")
  func unknownMethod() throws {
    let stage = try Stage()
    _ = try stage.client().ask("BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try stage.legacy.onlyRequest().startLine == "BREW /pot HTTP/1.1")
  }

  @Test("A head that comes byte by byte is the same as one that comes at once")
  func byteByByte() throws {
    let stage = try Stage()
    let client = try stage.client()
    for byte in "GET /slow HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n\r\n".utf8 {
      try client.send(bytes: [byte])
      pause(.milliseconds(2))
    }
    #expect(try client.readResponse().status == 200)
    let request = try stage.legacy.onlyRequest()
    #expect(request.startLine == "GET /slow HTTP/1.1")
    #expect(request["X-A"] == ["1"])
  }

  @Test("Lines of one name keep their order, and bytes above 0x7F in a value pass unchanged")
  func orderAndBytes() throws {
    let stage = try Stage()
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-B: 2\r\nx-a: 3\r\nX-Octets: ")
    try client.send(bytes: [0xFF, 0x80, 0x09, 0x41])
    try client.send("\r\n\r\n")
    _ = try client.readResponse()
    let request = try stage.legacy.onlyRequest()
    #expect(request["X-A"] == ["1", "3"])
    #expect(request.raw.contains([0xFF, 0x80, 0x09, 0x41]))
  }

  @Test(
    "Path and query bytes are forwarded unchanged",
    arguments: ["//a//b", "/a/../b", "/%2e%2e/%2F", "/a?b=c?d&&e", "/?", "/a;b=c", "/a|b", "/a%00b", "/a\"b"])
  func target(_ target: String) throws {
    let stage = try Stage()
    _ = try stage.client().get(target)
    #expect(try stage.legacy.onlyRequest().startLine == "GET \(target) HTTP/1.1")
  }

  @Test("absolute-form becomes origin-form, and Host is written anew from it")
  func absoluteForm() throws {
    let stage = try Stage()
    _ = try stage.client().ask("GET http://b:81/p?q HTTP/1.1\r\nHost: other\r\n\r\n")
    let request = try stage.legacy.onlyRequest()
    #expect(request.startLine == "GET /p?q HTTP/1.1")
    #expect(request["Host"] == ["b:81"])
  }

  @Test("absolute-form without a path asks for /")
  func absoluteFormWithoutPath() throws {
    let stage = try Stage()
    _ = try stage.client().ask("GET http://b?q HTTP/1.1\r\nHost: b\r\n\r\n")
    #expect(try stage.legacy.onlyRequest().startLine == "GET /?q HTTP/1.1")
  }

  @Test("OPTIONS * passes")
  func optionsAsterisk() throws {
    let stage = try Stage()
    _ = try stage.client().ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try stage.legacy.onlyRequest().startLine == "OPTIONS * HTTP/1.1")
  }

  @Test("A 1.0 request without Host gets the upstream's, and is 1.1 from here on")
  func oldWithoutHost() throws {
    let stage = try Stage()
    _ = try stage.client().ask("GET / HTTP/1.0\r\n\r\n")
    let request = try stage.legacy.onlyRequest()
    #expect(request.startLine == "GET / HTTP/1.1")
    #expect(request["Host"] == ["127.0.0.1:\(stage.legacy.port)"])
  }
}

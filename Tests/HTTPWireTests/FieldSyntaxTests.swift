import Bytes
import HTTPWire
import Testing

@Suite struct FieldSyntaxTests {
  @Test("A field is a line, a name and a value without the white space around it")
  func ranges() throws {
    let parsed = try #require(try request("GET / HTTP/1.1", "X-Text: \t a b\t c \t ", "X-Empty:", "X-Blank:  "))
    #expect(parsed.fields.map { parsed.text($0.name) } == ["Host", "X-Text", "X-Empty", "X-Blank"])
    #expect(parsed.fields.map { parsed.text($0.value) } == ["a.example", "a b\t c", "", ""])
    #expect(parsed.text(parsed.fields[1].line) == "X-Text: \t a b\t c \t \r\n")
  }

  @Test("Bytes from 0x80 on are part of values, never decoded, and no part of names")
  func upperHalf() throws {
    let bytes = Array("GET / HTTP/1.0\r\nX: a".utf8) + Array(0x80...0xFF) + Array("\r\n\r\n".utf8)
    let parsed = try #require(try parseRequest(bytes))
    #expect(parsed.fields[0].value.count == 129)
    for byte in UInt8(0x80)...0xFF {
      #expect(refusal(Array("GET / HTTP/1.0\r\nX-Na".utf8) + [byte] + Array("me: a\r\n\r\n".utf8)) == .invalidFieldName)
    }
  }

  @Test(
    "A field line that is not a token, a colon and a value is refused in both directions",
    arguments: [
      (": value", .emptyFieldName, .emptyFieldName), ("Name : value", .whitespaceBeforeColon, .whitespaceBeforeColon),
      ("Name\t: value", .whitespaceBeforeColon, .whitespaceBeforeColon), ("Name", .missingColon, .missingColon),
      ("Na(me: value", .invalidFieldName, .invalidFieldName), ("Na\"me: value", .invalidFieldName, .invalidFieldName),
      ("N@me: value", .invalidFieldName, .invalidFieldName), ("[Name]: value", .invalidFieldName, .invalidFieldName),
      ("A-Very-Long-Name/With-A-Slash: x", .invalidFieldName, .invalidFieldName),
    ] as [(String, RequestHeadError, ResponseHeadError)])
  func malformed(line: String, error: RequestHeadError, answer: ResponseHeadError) {
    #expect(refusal("GET / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n") == error)
    #expect(responseRefusal("HTTP/1.1 200 OK\r\nDate: a\r\n\(line)\r\n\r\n") == answer)
  }

  @Test("A name may hold every token character and no other byte")
  func tokens() {
    let allowed = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    for byte in UInt8.min...UInt8.max where byte != 0x3A {
      for prefix in ["", "X", "X-Eightby", "X-Sixteen-bytes-"] {
        let name = Array(prefix.utf8) + [byte] + Array("z".utf8)
        let error = refusal(Array("GET / HTTP/1.0\r\nA: b\r\n".utf8) + name + Array(": v\r\n\r\n".utf8))
        #expect((error == nil) == allowed.contains(byte), "byte \(byte) behind '\(prefix)'")
      }
    }
  }

  @Test("White space before the first field and folded lines are refused", arguments: [" ", "\t", "  "])
  func whitespace(space: String) {
    #expect(refusal("GET / HTTP/1.1\r\n\(space)Host: a\r\n\r\n") == .whitespaceBeforeFields)
    #expect(refusal("GET / HTTP/1.1\r\nHost: a\r\n\(space)b\r\n\r\n") == .obsoleteLineFolding)
    #expect(refusal("GET / HTTP/1.1\r\nHost: a\r\n\(space)\r\n\r\n") == .obsoleteLineFolding)
    #expect(responseRefusal("HTTP/1.1 200 OK\r\n\(space)A: a\r\n\r\n") == .whitespaceBeforeFields)
    #expect(responseRefusal("HTTP/1.1 200 OK\r\nA: a\r\n\(space)b\r\n\r\n") == .obsoleteLineFolding)
  }

  @Test("Bare CR, bare LF, NUL and other controls in names and values are refused, wherever they stand")
  func controls() {
    for line in ["X-Name: value of some length", "X: y", "Name-Only:"] {
      for position in 0...line.utf8.count {
        for control in Array(UInt8(0)...0x1F) + [0x7F] where control != 0x09 {
          var bytes = Array(line.utf8)
          bytes.insert(control, at: position)
          let error = refusal(Array("GET / HTTP/1.0\r\nA: b\r\n".utf8) + bytes + Array("\r\n\r\n".utf8))
          #expect(error == expected(control), "control \(control) at \(position) of '\(line)'")
        }
      }
    }
  }

  private func expected(_ control: UInt8) -> RequestHeadError {
    switch control {
    case 0x0A: .bareLineFeed
    case 0x0D: .bareCarriageReturn
    default: .controlCharacter
    }
  }

  @Test("Lines of the same name keep their order, and Set-Cookie is never joined")
  func order() throws {
    let parsed = try #require(try response("HTTP/1.1 200 OK", "Set-Cookie: a=1", "X: 1", "Set-Cookie: b=2", "X: 2"))
    #expect(parsed.written == "Set-Cookie: a=1\r\nX: 1\r\nSet-Cookie: b=2\r\nX: 2\r\n")
  }

  @Test("The head ends at the first empty line, and bytes behind it are not looked at")
  func end() throws {
    let head = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    let parsed = try #require(try parseRequest(head + [0, 1, 2, 3]))
    #expect(parsed.head.length == head.count)
    #expect(refusal("GET / HTTP/1.1\r\nHost: a\r\n\rX") == .bareCarriageReturn)
  }

  @Test("A head without fields is complete")
  func noFields() throws {
    let parsed = try #require(try parseRequest(Array("GET / HTTP/1.0\r\n\r\n".utf8)))
    #expect(parsed.fields.isEmpty)
    #expect(parsed.head.host.isEmpty)
    #expect(!parsed.head.hasHostField)
  }
}

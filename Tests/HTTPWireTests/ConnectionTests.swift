import Bytes
import HTTPWire
import Testing

@Suite struct ConnectionTests {
  @Test(
    "A connection persists by default in 1.1 and on request in 1.0, and close always wins",
    arguments: [
      ("1.1", [], true), ("1.1", ["Connection: close"], false), ("1.1", ["Connection: CLOSE"], false),
      ("1.1", ["Connection: keep-alive"], true), ("1.1", ["Connection: keep-alive, close"], false),
      ("1.1", ["Connection: x", "Connection: ,, close ,"], false), ("1.1", ["Connection: closed"], true),
      ("1.0", [], false), ("1.0", ["Connection: Keep-Alive"], true), ("1.0", ["Connection: close, keep-alive"], false),
      ("1.0", ["Proxy-Connection: keep-alive"], false), ("1.0", ["Keep-Alive: timeout=5"], false),
    ] as [(String, [String], Bool)])
  func persistence(version: String, fields: [String], persists: Bool) throws {
    let lines = (["GET / HTTP/\(version)", "Host: a"] + fields).joined(separator: "\r\n")
    #expect(try parseRequest(Array("\(lines)\r\n\r\n".utf8))?.head.keepsAlive == persists)
    let answer = (["HTTP/\(version) 200 OK", "Content-Length: 0"] + fields).joined(separator: "\r\n")
    #expect(try parseResponse(Array("\(answer)\r\n\r\n".utf8))?.head.keepsAlive == persists)
  }

  @Test("Fields of one connection are dropped in both directions, in any case of letters")
  func hopByHop() throws {
    let lines = [
      "Connection: x", "Keep-Alive: 5", "PROXY-CONNECTION: y", "te: trailers", "Proxy-Authenticate: a",
      "Proxy-Authorization: b", "uPGRADE: websocket", "Content-Length: 5",
    ]
    let text = "\r\nA: b\r\n" + lines.joined(separator: "\r\n") + "\r\nC: d\r\n\r\n"
    let parsed = try #require(try parseRequest(Array("GET / HTTP/1.0\(text)".utf8)))
    #expect(parsed.written == "A: b\r\nC: d\r\n")
    let answer = try #require(try parseResponse(Array("HTTP/1.1 200\(text)".utf8)))
    #expect(answer.written == "A: b\r\nC: d\r\n")
  }

  @Test("Fields that Connection names are dropped, except Host")
  func nominated() throws {
    let parsed = try #require(
      try request(
        "GET / HTTP/1.1", "X-Private: 1", "Connection: x-PRIVATE , Cookie, host,, X-Absent", "Accept: a", "Cookie: b",
        "X-Private: 2", "X-Private-Not: 3"))
    #expect(parsed.kept == ["Host", "Accept", "X-Private-Not"])
    #expect(parsed.head.nominatesFields)
    #expect(parsed.text(parsed.head.host) == "a.example")
  }

  @Test("Naming only what is dropped anyway nominates nothing")
  func nominatesNothing() throws {
    let parsed = try #require(try request("GET / HTTP/1.1", "Connection: close, TE, Keep-Alive, upgrade, Host"))
    #expect(!parsed.head.nominatesFields)
    #expect(parsed.kept == ["Host"])
  }

  @Test("Framing that Connection names counts all the same")
  func nominatedFraming() throws {
    let length = try #require(try request("POST / HTTP/1.1", "Connection: Content-Length", "Content-Length: 5"))
    #expect(length.head.framing == .length(5))
    let coding = try #require(
      try request("POST / HTTP/1.1", "Connection: Transfer-Encoding", "Transfer-Encoding: chunked"))
    #expect(coding.head.framing == .chunked)
  }

  @Test("Connection may name 32 fields, not more")
  func manyOptions() throws {
    let names = (0..<32).map { "x\($0)" }.joined(separator: ",")
    #expect(try request("GET / HTTP/1.1", "Connection: \(names)") != nil)
    #expect(refusal("GET / HTTP/1.1\r\nHost: a\r\nConnection: \(names),y\r\n\r\n") == .tooManyConnectionOptions)
    #expect(responseRefusal("HTTP/1.1 200 OK\r\nConnection: \(names),y\r\n\r\n") == .tooManyConnectionOptions)
  }

  @Test(
    "Names with an underscore that read like a field the proxy acts on are dropped and counted",
    arguments: [
      ("X_Forwarded_For", 1), ("x-forwarded_for", 1), ("Transfer_Encoding", 1), ("CONTENT_LENGTH", 1),
      ("X_Turnout-Generation", 1), ("X-Turnout_Context-Error", 1), ("X_Turnout-Context-Errors", 0),
      ("Proxy_Authorization", 1), ("x_request_id", 1), ("X_Other", 0), ("_", 0),
      ("Host_", 0), ("X_A_Name_That_Is_Longer_Than_Any_Known_One", 0), ("X_Turnout_Generations", 0),
    ])
  func aliasesOfKnownNames(name: String, count: Int) throws {
    let parsed = try #require(try request("GET / HTTP/1.1", "\(name): chunked"))
    #expect(parsed.droppedAliasCount == count)
    #expect(parsed.fields[1].isDropped == (count == 1))
    #expect(parsed.fields[1].id == .other)
    #expect(parsed.head.framing == .none)
  }

  @Test(
    "A configured name is aliased by its spelling with underscores only",
    arguments: [
      ("X_User_Id", true), ("x_user-id", true), ("X-USER_ID", true), ("X-User-Id", false), ("X_User_Ida", false),
      ("X_User+Id", false), ("XxUserxId", false), ("", false),
    ])
  func configuredAliases(name: String, isAlias: Bool) {
    let bytes = Array("..\(name)..".utf8)
    let range = ByteRange(from: 2, to: 2 + name.utf8.count)
    let configured = Array("X-User-Id".utf8)
    let found = aliases(bytes.span.bytes, range, configuredName: configured.span.bytes)
    #expect(found == isAlias)
    let outside = ByteRange(from: 1_000, to: 1_009)
    let foundOutside = aliases(bytes.span.bytes, outside, configuredName: configured.span.bytes)
    #expect(!foundOutside)
  }

  @Test("Every known name has a bit of its own in a set of 32")
  func bits() {
    #expect(FieldName.allCases.count <= UInt32.bitWidth)
    for name in FieldName.allCases where name != .other {
      var fields = FieldTable(capacity: 1)
      let isAppended = fields.append(
        Field(line: .empty, name: .empty, value: .empty, id: name, isDropped: false))
      #expect(isAppended)
      let found = FieldName.allCases.filter { fields.contains($0) }
      #expect(found == [name])
    }
  }

  @Test("What the proxy sets itself is recognised and left to the caller")
  func ownFields() throws {
    let table: [(String, FieldName)] = [
      ("X-Forwarded-For", .forwardedFor), ("X-Forwarded-Proto", .forwardedProto), ("X-Forwarded-Host", .forwardedHost),
      ("X-Request-Id", .requestID), ("X-Turnout-Cohort", .turnoutCohort), ("X-Turnout-Flag", .turnoutFlag),
      ("X-Turnout-Generation", .turnoutGeneration), ("X-Turnout-Created", .turnoutCreated),
      ("X-Turnout-Context-Error", .turnoutContextError), ("Via", .via), ("Date", .date), ("Trailer", .trailer),
      ("Expect", .expect), ("Max-Forwards", .maxForwards), ("Authorization", .authorization), ("Cookie", .cookie),
    ]
    for (name, id) in table {
      for spelling in [name, name.lowercased(), name.uppercased()] {
        let parsed = try #require(try request("GET / HTTP/1.1", "\(spelling): 100-continue"))
        #expect(parsed.fields[1].id == id)
        #expect(!parsed.fields[1].isDropped)
      }
      let near = try #require(try request("GET / HTTP/1.1", "\(name)x: a", "x\(name): a", "\(name.dropLast())~: a"))
      #expect(near.fields.dropFirst().allSatisfy { $0.id == .other && !$0.isDropped })
    }
  }

  @Test("TE is dropped, and that it names trailers is remembered")
  func trailers() throws {
    let table = [
      ("trailers", true), ("gzip, Trailers", true), ("gzip;q=1", false), ("", false), ("trailersx", false),
    ]
    for (value, accepts) in table {
      let parsed = try #require(try request("GET / HTTP/1.1", "TE: \(value)", "Connection: te"))
      #expect(parsed.head.acceptsTrailers == accepts)
      #expect(parsed.dropped == ["TE", "Connection"])
    }
    #expect(try #require(try request("GET / HTTP/1.0", "TE: trailers")).head.acceptsTrailers == false)
  }

  @Test("Expect: 100-continue is noticed, other expectations are answered 417, 1.0 has none")
  func expectations() throws {
    let expecting = try #require(try request("POST / HTTP/1.1", "Expect: 100-Continue", "Content-Length: 1"))
    #expect(expecting.head.expectsContinue)
    #expect(expecting.kept.contains("Expect"))
    for value in ["", "200-ok", "100-continue, x", "100-continued"] {
      #expect(refusal("POST / HTTP/1.1\r\nHost: a\r\nExpect: \(value)\r\n\r\n") == .unknownExpectation)
      let old = try #require(try request("POST / HTTP/1.0", "Expect: \(value)"))
      #expect(!old.head.expectsContinue)
      #expect(old.dropped == ["Expect"])
    }
    #expect(RequestHeadError.unknownExpectation.status == 417)
    let dropped = try #require(try request("POST / HTTP/1.1", "Expect: 100-continue", "Connection: expect"))
    #expect(!dropped.head.expectsContinue)
  }

  @Test("Upgrade is offered only by a 1.1 request without body whose Connection names it")
  func upgrades() throws {
    let table: [(String, [String], Bool)] = [
      ("1.1", ["Connection: Upgrade", "Upgrade: websocket"], true),
      ("1.1", ["Connection: keep-alive, upgrade", "Upgrade: websocket", "Content-Length: 0"], true),
      ("1.1", ["Upgrade: websocket"], false), ("1.1", ["Connection: upgrade"], false),
      ("1.0", ["Connection: upgrade", "Upgrade: websocket"], false),
      ("1.1", ["Connection: upgrade", "Upgrade: websocket", "Content-Length: 1"], false),
      ("1.1", ["Connection: upgrade", "Upgrade: websocket", "Transfer-Encoding: chunked"], false),
    ]
    for (version, fields, offers) in table {
      let lines = (["GET / HTTP/\(version)", "Host: a"] + fields).joined(separator: "\r\n")
      let parsed = try #require(try parseRequest(Array("\(lines)\r\n\r\n".utf8)))
      #expect(parsed.head.offersUpgrade == offers)
      #expect(!parsed.kept.contains("Upgrade"))
    }
  }

  @Test("Max-Forwards counts for OPTIONS and TRACE alone")
  func maxForwards() throws {
    for method in ["OPTIONS", "TRACE"] {
      let parsed = try #require(try request("\(method) / HTTP/1.1", "Max-Forwards: 7"))
      #expect(parsed.head.maxForwards == 7)
      #expect(parsed.dropped == ["Max-Forwards"])
      #expect(try #require(try request("\(method) / HTTP/1.1")).head.maxForwards == nil)
      for value in ["", "-1", "x", "1, 2", "9223372036854775808"] {
        let text = "\(method) / HTTP/1.1\r\nHost: a\r\nMax-Forwards: \(value)\r\n\r\n"
        #expect(refusal(text) == .invalidMaxForwards)
      }
      let twice = "\(method) / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 1\r\nMax-Forwards: 1\r\n\r\n"
      #expect(refusal(twice) == .invalidMaxForwards)
    }
    let other = try #require(try request("GET / HTTP/1.1", "Max-Forwards: x"))
    #expect(other.head.maxForwards == nil)
    #expect(other.dropped.isEmpty)
  }
}

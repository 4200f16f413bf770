import TestSupport
import Testing

@Suite("What the proxy says about a request, nobody else can say", .ownThread)
struct StampTests {
  @Test("Requests tell the upstream cohort, flag, generation, origin and way")
  func requestFields() throws {
    let stage = try Stage(settings: "headers: { via_name: turnout-1 }")
    _ = try stage.client().get(user: "uma")
    let request = try stage.unified.onlyRequest()
    #expect(request["X-Turnout-Cohort"] == ["unified"])
    #expect(request["X-Turnout-Flag"] == ["UNIFIED_CONVERSATION_ENABLED"])
    #expect(request["X-Turnout-Generation"] == ["1"])
    #expect(request["X-Forwarded-For"] == ["127.0.0.1"])
    #expect(request["X-Forwarded-Proto"] == ["http"])
    #expect(request["X-Forwarded-Host"] == ["a"])
    #expect(request["Via"] == ["1.1 turnout-1"])
    #expect(request["X-Request-Id"].first?.utf8.count == 32)
    #expect(request["X-User-Id"] == ["uma"])
    #expect(request["Host"] == ["a"])
  }

  private static let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"

  @Test(
    "A traceparent that can be gone on with passes with its tracestate",
    arguments: ["\(trace)-01", "\(trace)-00", "cc\(trace.dropFirst(2))-01-more"])
  func keptTrace(value: String) throws {
    let request = try traced(["traceparent: \(value)", "Tracestate: a=1", "tracestate: b=2"])
    #expect(request["traceparent"] == [value])
    #expect(request["tracestate"] == ["a=1", "b=2"])
  }

  @Test(
    "Any other one is replaced by a new one, and the tracestate is dropped",
    arguments: [
      [], ["tracestate: a=1"], ["traceparent: \(trace)", "tracestate: a=1"],
      ["traceparent: ff\(trace.dropFirst(2))-01", "tracestate: a=1"], ["traceparent: "],
      ["traceparent: \(trace)-01", "Traceparent: \(trace)-01", "tracestate: a=1"],
      ["traceparent: \(trace)-01", "tracestate: a=1", "Connection: traceparent"],
    ])
  func newTrace(lines: [String]) throws {
    let request = try traced(lines)
    let value = try #require(request["traceparent"].first)
    #expect(request["traceparent"].count == 1)
    #expect(request["tracestate"] == [])
    #expect(value.wholeMatch(of: #/00-[0-9a-f]{32}-[0-9a-f]{16}-01/#) != nil)
    #expect(!value.hasPrefix(Self.trace))
  }

  @Test("Switched off, what the client sends passes as it is, and nothing is begun")
  func untouchedTrace() throws {
    let lines = ["traceparent: nonsense", "tracestate: a=1"]
    let request = try traced(lines, settings: "headers: { traceparent: false }")
    #expect(request["traceparent"] == ["nonsense"])
    #expect(request["tracestate"] == ["a=1"])
    #expect(try traced([], settings: "headers: { traceparent: false }")["traceparent"] == [])
  }

  private func traced(_ lines: [String], settings: String = "") throws -> WireHead {
    let stage = try Stage(settings: settings)
    _ = try stage.client().ask((["GET / HTTP/1.1", "Host: a"] + lines).joined(separator: "\r\n") + "\r\n\r\n")
    return try stage.legacy.onlyRequest()
  }

  @Test("Answers tell cohort and generation, unless that is switched off", arguments: [true, false])
  func answerFields(_ isOn: Bool) throws {
    let stage = try Stage(settings: "headers: { responses: \(isOn) }")
    let head = try stage.client().get(user: "uma").head
    #expect(head["X-Turnout-Cohort"] == (isOn ? ["unified"] : []))
    #expect(head["X-Turnout-Generation"] == (isOn ? ["1"] : []))
  }

  @Test("An upstream's own cohort fields are dropped", arguments: [true, false])
  func forgedAnswer(_ isOn: Bool) throws {
    let stage = try Stage(
      legacy: .answering(
        "HTTP/1.1 200 OK\r\nX-Turnout-Cohort: unified\r\nX-Turnout-Generation: 9\r\nContent-Length: 0\r\n\r\n"),
      settings: "headers: { responses: \(isOn) }")
    let head = try stage.client().get().head
    #expect(head["X-Turnout-Cohort"] == (isOn ? ["legacy"] : []))
    #expect(head["X-Turnout-Generation"] == (isOn ? ["1"] : []))
  }

  @Test(
    "A client's own copies are dropped, under any spelling",
    arguments: [
      "X-Turnout-Cohort", "x-turnout-flag", "X-TURNOUT-GENERATION", "X-Forwarded-For", "x-forwarded-proto",
      "X-Forwarded-Host", "X_Turnout_Cohort", "X-Forwarded_For", "X_Forwarded_Proto", "X_USER_ID", "X-User_Id",
      "X_Request_Id",
    ])
  func forgedRequest(_ name: String) throws {
    let stage = try Stage()
    let answer = try stage.client().ask("GET / HTTP/1.1\r\nHost: a\r\n\(name): forged\r\n\(name): uma\r\n\r\n")
    #expect(answer.text == "legacy")
    let request = try stage.legacy.onlyRequest()
    #expect(!request.lines.contains { $0.hasSuffix(": forged") || $0.hasSuffix(": uma") })
  }

  @Test("Behind a trusted balancer the client's X-Forwarded-* are continued")
  func append() throws {
    let stage = try Stage(settings: "headers: { forwarded: append }")
    let fields = "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: public"
    _ = try stage.client().ask("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n")
    let request = try stage.legacy.onlyRequest()
    #expect(request["X-Forwarded-For"].joined(separator: ", ") == "9.9.9.9, 127.0.0.1")
    #expect(request["X-Forwarded-Proto"] == ["https"])
    #expect(request["X-Forwarded-Host"] == ["public"])
  }

  @Test(
    "A usable X-Request-Id is kept, anything else replaced",
    arguments: [
      ("abc-123", true), ("has space", false), ("", false), ("quo\"te", false),
      (String(repeating: "a", count: 128), true), (String(repeating: "a", count: 129), false),
    ])
  func requestIdentifier(_ value: String, _ isKept: Bool) throws {
    let stage = try Stage()
    _ = try stage.client().ask("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: \(value)\r\n\r\n")
    let sent = try stage.legacy.onlyRequest()["X-Request-Id"]
    #expect(sent.count == 1)
    #expect((sent.first == value) == isKept)
  }

  @Test("Via is added behind those of earlier proxies, and can be hidden", arguments: [true, false])
  func via(_ isSent: Bool) throws {
    let stage = try Stage(settings: "headers: { via: \(isSent), via_name: here }")
    _ = try stage.client().ask("GET / HTTP/1.1\r\nHost: a\r\nVia: 1.0 far\r\n\r\n")
    #expect(try stage.legacy.onlyRequest()["Via"].joined(separator: ", ") == (isSent ? "1.0 far, 1.1 here" : "1.0 far"))
  }

  @Test("A request that has passed here before is answered 508", arguments: ["1.1 here", "1.0 there, 1.1 here (x)"])
  func loop(_ via: String) throws {
    let stage = try Stage(settings: "headers: { via_name: here }")
    #expect(try stage.client().ask("GET / HTTP/1.1\r\nHost: a\r\nVia: \(via)\r\n\r\n").status == 508)
    #expect(stage.legacy.sawNothing)
  }

  @Test("Another proxy whose name only begins or ends alike is no loop", arguments: ["1.1 here-2", "1.1 where"])
  func noLoop(_ via: String) throws {
    let stage = try Stage(settings: "headers: { via_name: here }")
    #expect(try stage.client().ask("GET / HTTP/1.1\r\nHost: a\r\nVia: \(via)\r\n\r\n").status == 200)
  }

  @Test("Two proxies that send everything to each other answer 508 instead of running in circles")
  func loopInFact() throws {
    let ports = [try FreePort.take(), try FreePort.take()]
    func proxy(_ port: UInt16, to next: UInt16) throws -> LocalProxy {
      let server = "{ servers: [\"http://127.0.0.1:\(next)\"] }"
      return try LocalProxy("cohorts: { legacy: \(server), unified: \(server) }", port: port)
    }
    let first = try proxy(ports[0], to: ports[1])
    let second = try proxy(ports[1], to: ports[0])
    #expect(try first.client().get().status == 508)
    #expect(try second.client().get().status == 508)
  }

  @Test("What the proxy answers itself is one answer, and the next request is read where it begins")
  func ownAnswerOnce() throws {
    let stage = try Stage(settings: "headers: { via_name: here }")
    let body = "Content-Length: 27\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n\r\n"
    for field in ["Max-Forwards: 0", "Via: 1.1 here"] {
      for rest in ["\r\n", body] {
        let client = try stage.client()
        try client.send("OPTIONS / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\(rest)")
        let answer = try client.readResponse()
        #expect(answer.status == (field.hasPrefix("V") ? 508 : 200))
        guard answer.head["Connection"].isEmpty else {
          #expect(client.end() == .closed)
          continue
        }
        #expect(client.readDuring(0.2).isEmpty)
        #expect(try client.get("/next").text == "legacy")
      }
    }
    #expect(!stage.legacy.requests.contains { $0.startLine.contains("smuggled") })
  }

  @Test(
    "Max-Forwards is counted down for OPTIONS and TRACE, and ends at 0",
    arguments: [
      ("OPTIONS", "5", 200, "4"), ("TRACE", "1", 200, "0"), ("OPTIONS", "0", 200, nil), ("TRACE", "0", 501, nil),
      ("GET", "0", 200, "0"),
    ])
  func maxForwards(_ method: String, _ value: String, _ status: Int, _ forwarded: String?) throws {
    let stage = try Stage()
    let answer = try stage.client().ask("\(method) / HTTP/1.1\r\nHost: a\r\nMax-Forwards: \(value)\r\n\r\n")
    #expect(answer.status == status)
    if let forwarded {
      #expect(try stage.legacy.onlyRequest()["Max-Forwards"] == [forwarded])
    } else {
      #expect(stage.legacy.sawNothing)
    }
  }
}

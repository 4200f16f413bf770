import Flags
import Statistics
import TestSupport
import Testing

@Suite("What an exchange counts, in its own cohort and nowhere else", .ownThread)
struct CountersTests {
  /// Everyone is in unified.
  private static let flags = #"{ "UNIFIED_CONVERSATION_ENABLED": 100 }"#
  private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"

  /// Counts that are not 0, without sums of bytes and of times.
  private static func events(_ proxy: LocalProxy, _ cohort: Cohort) -> [CohortCounter: UInt64] {
    let sums: [CohortCounter] = [.bytesIn, .bytesOut, .firstByteNanosecondsSum, .totalNanosecondsSum]
    let events = CohortCounter.allCases.filter { !sums.contains($0) }.map { ($0, proxy.count($0, cohort)) }
    return Dictionary(uniqueKeysWithValues: events).filter { $0.value > 0 }
  }

  /// The answer of the upstream, and what is counted beside a request that began and ended.
  private static let table: [(String, [CohortCounter])] = [
    (answer + "\r\nok", [.status2xx]),
    ("HTTP/1.1 304 Not Modified\r\n\r\n", [.status3xx]),
    ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", [.status4xx]),
    ("HTTP/1.1 499 Odd\r\nContent-Length: 0\r\n\r\n", [.status4xx]),
    ("HTTP/1.1 500 Odd\r\nContent-Length: 0\r\n\r\n", [.status5xx, .error5xx, .errors]),
    ("HTTP/1.1 503 Odd\r\nContent-Length: 0\r\n\r\n", [.status5xx, .error5xx, .errors]),
    (answer + "\r\nn", [.status2xx, .errorReset, .errors]),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nX", [.status2xx, .errorBadResponse, .errors]),
    ("HTTP/1.1 2000 OK\r\n\r\n", [.status5xx, .errorBadResponse, .errors]),
    ("", [.status5xx, .errorReset, .errors]),
    (answer + "X-Turnout-Created: 1\r\n\r\nok", [.status2xx, .created]),
    (answer + "X-Turnout-Created: 0\r\n\r\nok", [.status2xx]),
    (answer + "X-Turnout-Created: 11\r\n\r\nok", [.status2xx]),
    (answer + "X-Turnout-Context-Error: 1\r\n\r\nok", [.status2xx, .contextErrors]),
  ]

  @Test("An answer of the upstream counts by its status, by what it tells and by how it ended", arguments: table)
  func answers(_ answer: String, _ also: [CohortCounter]) throws {
    let stage = try Stage(unified: [.request, .send(answer), .close], flags: Self.flags)
    let client = try stage.client()
    // No method that is sent again.
    try client.send("POST / HTTP/1.1\r\nHost: a\r\nX-User-Id: u\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    _ = client.readToEnd()
    #expect(eventually { stage.proxy.count(.finished, .unified) == 1 })
    let expected = ([.started, .finished] + also).map { ($0, UInt64(1)) }
    #expect(Self.events(stage.proxy, .unified) == Dictionary(uniqueKeysWithValues: expected))
    #expect(Self.events(stage.proxy, .legacy).isEmpty)
  }

  @Test("A user without a key, and one of a list, is left out of comparisons, with the errors", arguments: [200, 500])
  func leftOut(_ status: Int) throws {
    let answer = "HTTP/1.1 \(status) Odd\r\nContent-Length: 0\r\n\r\n"
    for (user, also) in [(nil, [CohortCounter.anonymous]), ("uma", [])] as [(String?, [CohortCounter])] {
      let flags = #"{ "UNIFIED_CONVERSATION_ENABLED": { "percentage": 100, "allow": ["uma"] } }"#
      let stage = try Stage(unified: .answering(answer), flags: flags)
      #expect(try stage.client().get(user: user).status == status)
      #expect(eventually { stage.proxy.count(.finished, .unified) == 1 })
      let errors: [CohortCounter] = [.status5xx, .error5xx, .errors, .leftOutErrors]
      let counted: [CohortCounter] = [.started, .finished, .leftOut] + also + (status == 500 ? errors : [.status2xx])
      let expected = Dictionary(uniqueKeysWithValues: counted.map { ($0, UInt64(1)) })
      #expect(Self.events(stage.proxy, .unified) == expected, "\(user ?? "nobody")")
    }
  }

  @Test("Bytes are those of heads and bodies as they came from the client and went to it")
  func bytes() throws {
    let stage = try Stage(unified: .answering(Self.answer + "\r\nok"), flags: Self.flags)
    let client = try stage.client()
    let head = "POST / HTTP/1.1\r\nHost: a\r\nX-User-Id: u\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
    try client.send(head + "hello")
    let received = client.readToEnd().bytes
    #expect(eventually { stage.proxy.count(.finished, .unified) == 1 })
    #expect(stage.proxy.count(.bytesIn, .unified) == UInt64(head.utf8.count + 5))
    #expect(stage.proxy.count(.bytesOut, .unified) == UInt64(received.count))
  }

  @Test("The time to the first byte is a part of the time in all")
  func times() throws {
    let script: [UpstreamStep] = [
      .request, .pause(0.05), .send(Self.answer + "\r\n"), .pause(0.05), .send("ok"), .again,
    ]
    let stage = try Stage(unified: script, flags: Self.flags)
    #expect(try stage.client().get(user: "u").text == "ok")
    #expect(eventually { stage.proxy.count(.finished, .unified) == 1 })
    let first = stage.proxy.count(.firstByteNanosecondsSum, .unified)
    let total = stage.proxy.count(.totalNanosecondsSum, .unified)
    #expect(first >= 50_000_000)
    #expect(total >= first + 45_000_000)
    #expect(total < 10_000_000_000)
  }

  @Test("A server that refuses, and the retry of a connection that died, are counted")
  func failures() throws {
    let second: [UpstreamStep] = [.request, .send(Self.answer + "\r\nok"), .head, .close]
    let stage = try Stage(
      ScriptedUpstream(.saying("legacy")), ScriptedUpstream(second, .saying("again")), flags: Self.flags)
    let client = try stage.client()
    _ = try client.get(user: "u")
    #expect(try client.get(user: "u").text == "again")
    #expect(eventually { stage.proxy.count(.finished, .unified) == 2 })
    #expect(
      Self.events(stage.proxy, .unified) == [.started: 2, .finished: 2, .status2xx: 2, .errorReset: 1, .retries: 1])
    stage.unified.stop()
    let proxy = try LocalProxy(
      """
      cohorts:
        legacy: { servers: ["http://127.0.0.1:\(stage.legacy.port)"] }
        unified: { servers: ["http://127.0.0.1:\(try FreePort.take())"] }
      """, flags: Self.flags)
    #expect(try proxy.client().get(user: "u").status == 503)
    #expect(eventually { proxy.count(.finished, .unified) == 1 })
    #expect(
      Self.events(proxy, .unified) == [.started: 1, .finished: 1, .status5xx: 1, .errorConnect: 1, .errors: 1])
  }

  @Test("A worker counts the connections that it takes and makes, those that end, and the fields that it drops")
  func connections() throws {
    let stage = try Stage(unified: [.request, .send(Self.answer + "\r\nok"), .close], flags: Self.flags)
    for number in UInt64(1)...3 {
      let client = try stage.client()
      try client.send(
        "GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: u\r\nContent_Length: 1\r\nX_User_Id: v\r\nConnection: close\r\n\r\n")
      _ = client.readToEnd()
      client.closeNow()
      let isCounted = eventually {
        stage.proxy.count(.connectionsAccepted) == number && stage.proxy.count(.connectionsClosed) == number
          && stage.proxy.count(.upstreamConnectionsOpened) == number
          && stage.proxy.count(.upstreamConnectionsClosed) == number
      }
      #expect(isCounted, "client \(number)")
      #expect(stage.proxy.count(.aliasFieldsDropped) == 2 * number)
    }
    for counter in [WorkerCounter.acceptPauses, .clientAborts, .queued, .killed] {
      #expect(stage.proxy.count(counter) == 0, "\(counter)")
    }
  }

  @Test("A client that goes away before its answer is an abort, and no error of its cohort")
  func clientGone() throws {
    let stage = try Stage(unified: [.request, .stall], flags: Self.flags)
    let client = try stage.client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: u\r\n\r\n")
    #expect(eventually { stage.unified.requests.count == 1 })
    client.resetNow()
    #expect(eventually { stage.proxy.count(.finished, .unified) == 1 })
    #expect(Self.events(stage.proxy, .unified) == [.started: 1, .finished: 1, .statusOther: 1])
    #expect(stage.proxy.count(.clientAborts) == 1)
  }

  @Test(
    "A kept connection that ends while it is free is forgotten, whichever it is, and the others serve", arguments: 0..<3
  )
  func forgotten(_ number: Int) throws {
    let (first, end, second) = (Gate(), Gate(), Gate())
    let ok = Self.answer + "\r\nok"
    let kept: [UpstreamStep] = [.request, .wait(first), .send(ok), .request, .wait(second), .send(ok), .stall]
    var scripts = Array(repeating: kept, count: 3)
    scripts[number] = [.request, .wait(first), .send(ok), .wait(end), .close]
    scripts.append([.request, .wait(second), .send(ok), .stall])
    let stage = try Stage(ScriptedUpstream(.saying("legacy")), ScriptedUpstream(scripts: scripts), flags: Self.flags)
    let clients = try (0..<3).map { _ in try stage.client() }
    let post = "POST / HTTP/1.1\r\nHost: a\r\nX-User-Id: u\r\nContent-Length: 0\r\n\r\n"
    for round in 0..<2 {
      for (index, client) in clients.enumerated() {
        try client.send(post)
        #expect(eventually { stage.unified.requests.count == round * 3 + index + 1 })
      }
      (round == 0 ? first : second).open()
      for client in clients { #expect(try client.readResponse().text == "ok") }
      end.open()
      #expect(eventually { stage.proxy.count(.upstreamConnectionsClosed) == 1 })
    }
    #expect(stage.proxy.count(.upstreamConnectionsOpened) == 4)
    #expect(eventually { stage.proxy.count(.finished, .unified) == 6 })
    #expect(Self.events(stage.proxy, .unified) == [.started: 6, .finished: 6, .status2xx: 6])
  }
}

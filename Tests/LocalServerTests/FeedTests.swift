import LocalServer
import Reactor
import Synchronization
import TestSupport
import Testing

/// A server with a feed at /feed, another at /other, and an answer at any other path.
private struct FeedServer: ~Copyable {
  let server: LocalServer
  let feed = Feed(heartbeat: Array("beat".utf8))
  let other = Feed()

  init(_ change: (inout ServerLimits) -> Void = { _ in }) throws {
    var limits = ServerLimits()
    change(&limits)
    let (feed, other) = (feed, other)
    server = try LocalServer.start(name: "feed", host: "127.0.0.1", port: 0, limits: limits) { request in
      switch request.path {
      case "/feed": Response(contentType: "text/event-stream", body: .feed(feed, first: Array("first".utf8)))
      case "/other": Response(contentType: "text/event-stream", body: .feed(other, first: []))
      default: .text("answer")
      }
    }
  }

  deinit {
    server.stop()
    server.join()
  }

  borrowing func ask(_ line: String) throws -> WireClient {
    let client = try WireClient(port: server.port)
    client.send("\(line)\r\nHost: t\r\n\r\n")
    return client
  }

  /// A client that listens: its first chunk is in.
  borrowing func listen() throws -> WireClient {
    let client = try ask("GET /feed HTTP/1.1")
    #expect(try client.head() == 200)
    #expect(try client.text() == "first")
    return client
  }

  borrowing func waitForListeners(_ count: Int) {
    for _ in 0..<2_000 where feed.counts.listening != count { pause(.milliseconds(1)) }
    #expect(feed.counts.listening == count)
  }
}

extension WireClient {
  fileprivate func head() throws -> Int { try response(toHead: true).status }

  fileprivate func text() throws -> String { String(decoding: try chunk(), as: UTF8.self) }
}

@Suite struct FeedTests {
  @Test("What is posted reaches everyone who listens to that feed, in its order, and nobody else")
  func post() throws {
    let server = try FeedServer()
    let clients = [try server.listen(), try server.listen()]
    let other = try server.ask("GET /other HTTP/1.1")
    #expect(try other.head() == 200)
    server.feed.post(Array("one".utf8))
    for client in clients { #expect(try client.text() == "one") }
    server.feed.post(Array("two".utf8))
    server.other.post(Array("other".utf8))
    for client in clients { #expect(try client.text() == "two") }
    #expect(try other.text() == "other")
  }

  @Test("Who comes later gets what is posted from then on; what is posted to nobody is forgotten")
  func late() throws {
    let server = try FeedServer()
    server.feed.post(Array("to nobody".utf8))
    let early = try server.listen()
    server.feed.post(Array("early".utf8))
    #expect(try early.text() == "early")
    let late = try server.listen()
    server.feed.post(Array("both".utf8))
    #expect(try late.text() == "both")
    #expect(try early.text() == "both")
  }

  @Test("A feed to HTTP/1.0 comes without chunks, and HEAD gets its head alone")
  func otherWays() throws {
    let server = try FeedServer()
    let old = try server.ask("GET /feed HTTP/1.0")
    let head = try old.response(toHead: true)
    #expect(head["transfer-encoding"] == nil)
    #expect(head["connection"] == "close")
    #expect(try old.bytes(5) == Array("first".utf8))
    server.feed.post(Array("posted".utf8))
    #expect(try old.bytes(6) == Array("posted".utf8))
    let asking = try server.ask("HEAD /feed HTTP/1.1")
    #expect(try asking.response(toHead: true)["content-type"] == "text/event-stream")
    #expect(try asking.rest() == [])
    #expect(server.feed.counts.listening == 1)
  }

  @Test("A quiet feed says now and then that it is there")
  func heartbeat() throws {
    let server = try FeedServer { $0.heartbeat = 50_000_000 }
    let client = try server.listen()
    #expect(try client.text() == "beat")
    #expect(try client.text() == "beat")
    server.feed.post(Array("posted".utf8))
    var next = try client.text()
    while next == "beat" { next = try client.text() }
    #expect(next == "posted")
  }

  @Test("A client that goes away is noticed, by its end and by its reset")
  func gone() throws {
    let server = try FeedServer()
    do {
      let clients = [try server.listen(), try server.listen(), try server.listen()]
      server.waitForListeners(3)
      clients[0].reset()
      clients[1].endSending()
      server.waitForListeners(2)
    }
    server.waitForListeners(0)
    #expect(server.feed.counts.tooSlow == 0)
  }

  @Test("A client that does not read is closed once so many bytes wait for it; the others get all of them")
  func slowReader() throws {
    let server = try FeedServer { $0.feedBytes = 65_536 }
    let (slow, reader) = (try server.listen(), try server.listen())
    let piece = [UInt8](repeating: 120, count: 32_768)
    var posted = 0
    // Loopback takes some megabytes before a send blocks.
    while server.feed.counts.tooSlow == 0, posted < 2_000 {
      server.feed.post(piece)
      posted += 1
      #expect(try reader.chunk() == piece)
    }
    #expect(server.feed.counts.tooSlow == 1)
    #expect(server.feed.counts.listening == 1)
    #expect(try slow.rest() == nil)
  }

  @Test("So many may listen; one more is answered 503, and when one goes the next may")
  func limit() throws {
    let server = try FeedServer { $0.listeners = 2 }
    let first = try server.listen()
    do {
      let second = try server.listen()
      let refused = try server.ask("GET /other HTTP/1.1")
      #expect(try refused.response().status == 503)
      refused.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
      #expect(try refused.response().text == "answer")
      #expect(server.other.counts.tooMany == 1)
      _ = second
    }
    server.waitForListeners(1)
    _ = try server.listen()
    _ = first
  }

  @Test("While all that may listen stall, other requests are answered")
  func stalled() throws {
    let server = try FeedServer()
    let stalled = try (0..<64).map { _ in try server.listen() }
    let piece = [UInt8](repeating: 120, count: 200_000)
    for _ in 0..<20 {
      server.feed.post(piece)
      #expect(try server.ask("GET / HTTP/1.1").response().text == "answer")
    }
    #expect(server.feed.counts.listening + Int(server.feed.counts.tooSlow) == 64)
    _ = stalled
  }

  @Test("What a listener sends meanwhile is dropped, and one that floods is closed")
  func talking() throws {
    let server = try FeedServer()
    let client = try server.listen()
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    server.feed.post(Array("posted".utf8))
    #expect(try client.text() == "posted")
    for _ in 0..<20 { client.send([UInt8](repeating: 120, count: 32_768)) }
    server.waitForListeners(0)
  }

  @Test("Stopping ends a feed as an answer that is whole, at once")
  func stop() throws {
    let server = try FeedServer()
    let clients = [try server.listen(), try server.listen()]
    server.feed.post(Array("last".utf8))
    server.server.stop()
    for client in clients {
      var rest = try client.text()
      if rest == "last" { rest = try client.text() }
      #expect(rest == "")
      #expect(try client.rest() == [])
    }
    server.server.join()
    #expect(server.feed.counts.listening == 0)
    server.feed.post(Array("to nobody".utf8))
  }

  @Test("Many threads post, and every message arrives once")
  func manyThreads() throws {
    let server = try FeedServer()
    let client = try server.listen()
    let feed = server.feed
    let threads = try (0..<4).map { number in
      try WorkerThread(name: "poster") { for count in 0..<250 { feed.post(Array("\(number * 250 + count) ".utf8)) } }
    }
    var numbers: [Substring] = []
    while numbers.count < 1_000 { numbers += try client.text().split(separator: " ") }
    #expect(Set(numbers) == Set((0..<1_000).map { Substring("\($0)") }))
    for thread in threads { thread.join() }
  }
}

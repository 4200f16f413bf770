import LocalServer
import Reactor
import Synchronization
import TestSupport
import Testing

/// A server with a feed at /feed, another at /other, and a response at any other path.
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

  /// A subscriber that has received its first chunk.
  borrowing func subscribe() throws -> WireClient {
    let client = try ask("GET /feed HTTP/1.1")
    #expect(try client.head() == 200)
    #expect(try client.text() == "first")
    return client
  }

  borrowing func waitForSubscribers(_ count: Int) {
    for _ in 0..<2_000 where feed.counts.subscribers != count { pause(.milliseconds(1)) }
    #expect(feed.counts.subscribers == count)
  }
}

extension WireClient {
  fileprivate func head() throws -> Int { try response(toHead: true).status }

  fileprivate func text() throws -> String { String(decoding: try chunk(), as: UTF8.self) }
}

@Suite struct FeedTests {
  @Test("A post reaches every subscriber of that feed, in order, and nobody else")
  func post() throws {
    let server = try FeedServer()
    let clients = [try server.subscribe(), try server.subscribe()]
    let other = try server.ask("GET /other HTTP/1.1")
    #expect(try other.head() == 200)
    server.feed.post(Array("one".utf8))
    for client in clients { #expect(try client.text() == "one") }
    server.feed.post(Array("two".utf8))
    server.other.post(Array("other".utf8))
    for client in clients { #expect(try client.text() == "two") }
    #expect(try other.text() == "other")
  }

  @Test("A subscriber receives posts from its subscription on; posts without subscribers are dropped")
  func late() throws {
    let server = try FeedServer()
    server.feed.post(Array("to nobody".utf8))
    let early = try server.subscribe()
    server.feed.post(Array("early".utf8))
    #expect(try early.text() == "early")
    let late = try server.subscribe()
    server.feed.post(Array("both".utf8))
    #expect(try late.text() == "both")
    #expect(try early.text() == "both")
  }

  @Test("A feed to HTTP/1.0 comes without chunks, and HEAD gets only the head")
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
    #expect(server.feed.counts.subscribers == 1)
  }

  @Test("A quiet feed sends heartbeats")
  func heartbeat() throws {
    let server = try FeedServer { $0.heartbeat = .milliseconds(50) }
    let client = try server.subscribe()
    #expect(try client.text() == "beat")
    #expect(try client.text() == "beat")
    server.feed.post(Array("posted".utf8))
    var next = try client.text()
    while next == "beat" { next = try client.text() }
    #expect(next == "posted")
  }

  @Test("A client that closes or resets its connection is noticed")
  func gone() throws {
    let server = try FeedServer()
    do {
      let clients = [try server.subscribe(), try server.subscribe(), try server.subscribe()]
      server.waitForSubscribers(3)
      clients[0].reset()
      clients[1].endSending()
      server.waitForSubscribers(1)
    }
    server.waitForSubscribers(0)
    #expect(server.feed.counts.tooSlow == 0)
  }

  @Test("A client that does not read is disconnected at the byte limit; the others receive everything")
  func slowReader() throws {
    let server = try FeedServer { $0.feedBytes = 65_536 }
    let (slow, reader) = (try server.subscribe(), try server.subscribe())
    let piece = [UInt8](repeating: 120, count: 32_768)
    var posted = 0
    // Loopback takes some megabytes before a send blocks.
    while server.feed.counts.tooSlow == 0, posted < 2_000 {
      server.feed.post(piece)
      posted += 1
      #expect(try reader.chunk() == piece)
    }
    #expect(server.feed.counts.tooSlow == 1)
    #expect(server.feed.counts.subscribers == 1)
    #expect(try slow.rest() == nil)
  }

  @Test("One subscriber beyond the limit gets 503; when one leaves, the next may subscribe")
  func limit() throws {
    let server = try FeedServer { $0.subscribers = 2 }
    let first = try server.subscribe()
    do {
      let second = try server.subscribe()
      let refused = try server.ask("GET /other HTTP/1.1")
      #expect(try refused.response().status == 503)
      refused.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
      #expect(try refused.response().text == "answer")
      #expect(server.other.counts.tooMany == 1)
      _ = second
    }
    server.waitForSubscribers(1)
    _ = try server.subscribe()
    _ = first
  }

  @Test("Other requests are answered while all subscribers stall")
  func stalled() throws {
    let server = try FeedServer()
    let stalled = try (0..<64).map { _ in try server.subscribe() }
    let piece = [UInt8](repeating: 120, count: 200_000)
    for _ in 0..<20 {
      server.feed.post(piece)
      #expect(try server.ask("GET / HTTP/1.1").response().text == "answer")
    }
    #expect(server.feed.counts.subscribers + Int(server.feed.counts.tooSlow) == 64)
    _ = stalled
  }

  @Test("Input from a subscriber is dropped, and one that floods is disconnected")
  func talking() throws {
    let server = try FeedServer()
    let client = try server.subscribe()
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    server.feed.post(Array("posted".utf8))
    #expect(try client.text() == "posted")
    for _ in 0..<20 { client.send([UInt8](repeating: 120, count: 32_768)) }
    server.waitForSubscribers(0)
  }

  @Test("A stop ends a feed at once as a complete response")
  func stop() throws {
    let server = try FeedServer()
    let clients = [try server.subscribe(), try server.subscribe()]
    server.feed.post(Array("last".utf8))
    server.server.stop()
    for client in clients {
      var rest = try client.text()
      if rest == "last" { rest = try client.text() }
      #expect(rest == "")
      #expect(try client.rest() == [])
    }
    server.server.join()
    #expect(server.feed.counts.subscribers == 0)
    server.feed.post(Array("to nobody".utf8))
  }

  @Test("Many threads post, and every message arrives once")
  func manyThreads() throws {
    let server = try FeedServer()
    let client = try server.subscribe()
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

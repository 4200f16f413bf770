import Glibc
import LocalServer
import Synchronization
import TestSupport
import Testing

/// A server whose responses the test completes, except for /now.
private final class DeferringServer: Sendable {
  let server: LocalServer
  private let waiting: Waiting

  private final class Waiting: Sendable {
    let answers = Mutex<[DeferredResponse]>([])
  }

  init(_ change: (inout ServerLimits) -> Void = { _ in }) throws {
    var limits = ServerLimits()
    change(&limits)
    let waiting = Waiting()
    self.waiting = waiting
    server = try LocalServer.start(name: "test", addresses: [.tcp(host: "127.0.0.1", port: 0)], limits: limits) {
      if $0.path == "/now" { return .now(.text("now")) }
      let answer = DeferredResponse()
      if $0.path == "/known" { answer.complete(.text("known")) } else { waiting.answers.withLock { $0.append(answer) } }
      return .later(answer)
    }
  }

  deinit {
    server.stop()
    server.join()
  }

  func ask(_ path: String) throws -> WireClient {
    let client = try WireClient(port: server.port)
    client.send("GET \(path) HTTP/1.1\r\nHost: t\r\n\r\n")
    return client
  }

  /// The next that a handler deferred.
  func next() -> DeferredResponse {
    while true {
      if let answer = waiting.answers.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return answer }
      pause(.milliseconds(1))
    }
  }
}

@Suite struct DeferredTests {
  @Test("A response completed later reaches its client; others are served meanwhile, and the next request after it")
  func later() throws {
    let server = try DeferringServer()
    let client = try server.ask("/")
    client.send("GET /now HTTP/1.1\r\nHost: t\r\n\r\n")
    let answer = server.next()
    #expect(try server.ask("/now").response().text == "now")
    answer.complete(.text("late"))
    answer.complete(.text("twice"))
    #expect(try client.response().text == "late")
    #expect(try client.response().text == "now")
  }

  @Test("A response that is already complete is sent at once")
  func known() throws {
    let server = try DeferringServer()
    #expect(try server.ask("/known").response().text == "known")
  }

  @Test("After the timeout the status is 504, and a late response reaches nobody")
  func deadline() throws {
    let server = try DeferringServer { $0.response = .milliseconds(300) }
    let client = try server.ask("/")
    let answer = server.next()
    let late = try client.response()
    #expect(late.status == 504)
    #expect(late.text.hasPrefix("{\"error\":"))
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
    let second = server.next()
    answer.complete(.text("too late"))
    second.complete(.text("in time"))
    #expect(try client.response().text == "in time")
  }

  @Test("A client that has left frees its slot, and its response goes nowhere")
  func goneClient() throws {
    let server = try DeferringServer { $0.connections = 1 }
    var client: WireClient? = try server.ask("/")
    let answer = server.next()
    client?.reset()
    client = nil
    pause(.milliseconds(20))
    let other = try server.ask("/")
    let second = server.next()
    answer.complete(.text("for the first"))
    second.complete(.text("for the second"))
    #expect(try other.response().text == "for the second")
  }

  @Test("A stop waits for a deferred response, up to its limit")
  func stop() throws {
    let server = try DeferringServer { $0.stop = .milliseconds(800) }
    let (client, silent) = (try server.ask("/"), try server.ask("/"))
    let answers = [server.next(), server.next()]
    server.server.stop()
    pause(.milliseconds(20))
    answers[0].complete(.text("late"))
    let texts = [try? client.response().text, try? silent.response().text]
    #expect(texts.contains("late"))
    #expect(texts.contains(nil))
    server.server.join()
    answers[1].complete(.text("nobody"))
  }

  @Test("Many threads complete many responses, each for its client")
  func many() throws {
    let server = try DeferringServer()
    let clients = try (0..<100).map { _ in try server.ask("/") }
    let answers = clients.map { _ in server.next() }
    let numbers = Mutex(Array(answers.enumerated()))
    var threads: [pthread_t] = []
    for _ in 0..<4 {
      var thread = pthread_t()
      let context = Unmanaged.passRetained(
        Job {
          while let (number, answer) = numbers.withLock({ $0.popLast() }) { answer.complete(.text("\(number)")) }
        })
      pthread_create(
        &thread, nil,
        { context in
          if let context { Unmanaged<Job>.fromOpaque(context).takeRetainedValue().run() }
          return nil
        }, context.toOpaque())
      threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
    #expect(try Set(clients.map { try $0.response().text }).count == 100)
  }
}

private final class Job: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

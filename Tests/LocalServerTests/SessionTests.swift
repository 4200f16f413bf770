import Bytes
import Reactor
import TestSupport
import Testing

@testable import LocalServer

@Suite struct SessionTests {
  @Test("Any split of the input gives the same requests and responses")
  func anySplit() {
    let stream = Array(
      """
      GET /1?q HTTP/1.1\r\nHost: t\r\n\r\n\
      POST /2 HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody\
      POST /3 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nch\r\n3\r\nunk\r\n0\r\nT: 1\r\n\r\n\
      GET /4 HTTP/1.1\r\nHost: t\r\n bad: 1\r\n\r\n
      """.utf8)
    let whole = Exchange().run([stream])
    #expect(whole.requests.map(\.path) == ["/1", "/2", "/3"])
    #expect(whole.requests.map { String(decoding: $0.body, as: UTF8.self) } == ["", "body", "chunk"])
    #expect(whole.hasEnded)
    for place in stream.indices {
      let split = Exchange().run([Array(stream[..<place]), Array(stream[place...])])
      #expect(split == whole, "split at \(place)")
    }
    #expect(Exchange().run(stream.map { [$0] }) == whole)
  }

  @Test("Random bytes never trap, and give the same result however they are split")
  func randomBytes() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var state = seed
    let text = "GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n0\u{0}"
    let alphabet = Array(text.utf8)
    for _ in 0..<2_000 {
      let stream = (0..<200).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return alphabet[Int(state >> 33) % alphabet.count]
      }
      #expect(Exchange().run([stream]) == Exchange().run(stream.map { [$0] }), "seed \(seed)")
    }
  }

  @Test("Delayed connections resume in the order of their deadlines, those with equal ones in the order of insertion")
  func delays() {
    var queue = DelayQueue()
    for (index, due) in [30, 10, 20, 10, 30, 5].enumerated() {
      queue.insert(.init(due: Deadline(nanoseconds: UInt64(due)), index: index))
    }
    queue.remove(index: 2)
    #expect(queue.nextDue == Deadline(nanoseconds: 5))
    var order: [Int] = []
    while let entry = queue.takeDue(now: 29) { order.append(entry.index) }
    #expect(order == [5, 1, 3])
    while let entry = queue.takeDue(now: 30) { order.append(entry.index) }
    #expect(order == [5, 1, 3, 0, 4])
    #expect(queue.nextDue == nil)
  }
}

/// A session without a socket.
private struct Exchange {
  struct Result: Equatable {
    var requests: [Request] = []
    var sent: [UInt8] = []
    var hasEnded = false
  }

  /// Feeds these parts and responds to each request with its path.
  func run(_ parts: [[UInt8]]) -> Result {
    let session = Session(limits: ServerLimits(), peer: .loopback)
    var result = Result()
    var waiting = parts.reversed().filter { !$0.isEmpty }
    while true {
      switch session.next(date: "today") {
      case .receive:
        guard let part = waiting.popLast() else { return result }
        let count = min(part.count, session.input.freeCount)
        _ = session.input.receive(part.span.bytes.extracting(from: 0, to: count))
        if count < part.count { waiting.append(Array(part[count...])) }
      case .awaitFeed: return result
      case .handle(let request):
        result.requests.append(request)
        session.respond(.text(request.path))
      case .send:
        session.output.withUnsent { span in
          for index in 0..<span.byteCount { result.sent.append(span[index]) }
        }
        session.output.didSend(.max)
      case .pause: continue
      case .end:
        result.hasEnded = true
        return result
      }
    }
  }
}

import Conversations
import Flags
import FoundationEssentials
import Glibc
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Samples

@Suite("The sample application over Redis", .startsPrograms)
struct SampleRedisTests {
  private let server: RedisServer

  init() throws { server = try RedisServer() }

  private func start(_ cohort: Cohort, journal: MessageJournal? = nil) throws -> Upstream {
    let place = ContextLocation(address: try RedisAddress(parsing: server.address()))
    return try Upstream(cohort, store: .redis(place, ContextLifetimes()), journal: journal)
  }

  @Test("Conversations outlive the application, with their task", arguments: Cohort.allCases)
  func outlives(_ cohort: Cohort) throws {
    let key: String?
    do {
      let upstream = try start(cohort)
      key = try upstream.chat("create a product").contextKey
      #expect(upstream.lines.all == ["New client conversation created: \(key ?? "")"])
    }
    let upstream = try start(cohort)
    let reply = try upstream.chat("Lamp")
    #expect(reply.reply == "What does Lamp cost?")
    #expect(reply.contextKey == key)
    #expect(!reply.created)
    #expect(try upstream.chat("8").reply == "Created: Lamp for 8.00.")
    #expect(upstream.upstream.counts == SampleCounts(answers: 2, created: 0, contextErrors: 0))
  }

  @Test(
    "While Redis is away everyone is answered, without history; it is counted, and told once a second",
    arguments: Cohort.allCases)
  func degraded(_ cohort: Cohort) throws {
    let upstream = try start(cohort)
    _ = try upstream.chat("one")
    server.kill()
    try onThreads(4) { thread in
      for number in 0..<10 {
        let reply = try upstream.chat("two", user: "\(thread)-\(number)")
        #expect(reply.degraded)
        #expect(reply.texts == ["two"])
        #expect(reply.conversationID == nil)
        #expect(reply.contextKey == nil)
        #expect(reply.reply.hasSuffix("I cannot look up what was said before."))
      }
    }
    let counts = upstream.upstream.counts
    #expect(counts == SampleCounts(answers: 41, created: 1, contextErrors: 40))
    let told = upstream.lines.begin(with: "Error loading \(cohort) context: ")
    #expect((1...10).contains(told.count))
    #expect(told[0].contains("Check the address, and that Redis runs there"))
    #expect(try JSONDecoder().decode(SampleCounts.self, from: Data(upstream.ask("GET /counts").body.bytes)) == counts)
    try server.restart()
    var reply = try upstream.chat("three")
    for _ in 0..<100 where reply.degraded {
      usleep(50_000)
      reply = try upstream.chat("three")
    }
    #expect(!reply.degraded)
  }

  @Test(
    "A Redis that is stopped holds up nobody who does not need it, and the others not for long",
    arguments: Cohort.allCases)
  func stopped(_ cohort: Cohort) throws {
    let upstream = try start(cohort)
    _ = try upstream.chat("one")
    server.stop()
    let chatting = Mutex(8)
    try onThreads(9) { thread throws in
      if thread < 8 {
        defer { chatting.withLock { $0 -= 1 } }
        for _ in 0..<3 {
          let reply = try upstream.chat("two", user: "\(thread)")
          #expect(reply.degraded)
        }
      } else {
        while chatting.withLock({ $0 }) > 0 {
          let status = try upstream.ask("GET /products/7").status
          #expect(status == 200)
        }
      }
    }
    server.continue()
  }

  @Test("What cannot be read is answered without history and left as it is")
  func unreadable() throws {
    try server.cli("SET", "chat:customer:42", "no JSON")
    let upstream = try start(.legacy)
    #expect(try upstream.chat("one").degraded)
    #expect(try server.cli("GET", "chat:customer:42") == "no JSON")
    #expect(upstream.lines.all.count == 1)
    #expect(upstream.lines.all[0].hasPrefix("Error loading legacy context: chat:customer:42 is unreadable"))
  }

  @Test("Many clients at once: every answer follows from its own message, nobody's is lost")
  func load() throws {
    let written = Mutex<[String: [String]]>([:])
    let lines = Upstream.Lines()
    let journal = try MessageJournal(log: lines.log) { message, owner in
      written.withLock { $0[owner.user, default: []].append(message.content.text ?? "") }
      return nil
    }
    let upstream = try start(.unified, journal: journal)
    try onThreads(8) { thread in
      for number in 0..<25 {
        let reply = try upstream.chat("\(number)", user: "\(thread % 4)")
        #expect(!reply.degraded)
        #expect(reply.message == "\(number)")
        #expect(reply.texts.contains("\(number)"))
      }
    }
    journal.close()
    for user in 0..<4 {
      #expect(try upstream.chat("last", user: "\(user)").messages == 101)
      #expect(written.withLock { $0["\(user)"]?.count } == 100)
    }
    #expect(lines.all == [])
    #expect(journal.lost == 0)
  }
}

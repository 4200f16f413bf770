import Redis
import Synchronization
import TestSupport
import Testing

@testable import Conversations

@Suite("A migration that is run again, and one beside live traffic", .startsPrograms)
struct MigrationAgainTests {
  private static let writing = ["set", "pexpire", "expire", "del", "unlink", "psetex", "getset", "mset", "rename"]

  /// The commands that wrote since the statistics were reset.
  private func writes(_ fixture: MigrationFixture) throws -> [String: Int] {
    try fixture.calls().filter { Self.writing.contains($0.key) }
  }

  @Test("A second run writes nothing", arguments: [Migration.standardKeepSeconds, 0])
  func nothing(keep: Int) throws {
    let fixture = try MigrationFixture()
    try fixture.redis(
      (0..<500).map { user in
        ["SET", "chat:customer:\(user)", RedisWord(LegacyText.value("\(user)", LegacyText.messages(3))), "EX", "900"]
      })
    #expect(try fixture.migrate { $0.keepSeconds = keep }.migrated == 500)
    #expect(try (890_000...900_000).contains(fixture.lifetime("chat:customer:7")) == (keep == 0))
    try fixture.redis("CONFIG", "RESETSTAT")
    let again = try fixture.migrate { $0.keepSeconds = keep }
    #expect(again.present == 500, "\(again)")
    #expect(again.seen == 500, "\(again)")
    #expect(try writes(fixture) == [:])
  }

  @Test("A conversation that was begun on unified stays byte by byte, whatever legacy says")
  func live() throws {
    let fixture = try MigrationFixture()
    let (owner, id) = (ContextOwner(.client, "42"), ConversationID.random())
    let meta = ConversationMeta(id: id, owner: owner, createdAt: 1, updatedAt: 2, messages: 1)
    try fixture.redis([
      ["SET", "chat:customer:42", RedisWord(LegacyText.value("42", LegacyText.messages(3))), "EX", "900"],
      ["SET", RedisWord(owner.currentKey), RedisWord(id.text), "EX", "60"],
      ["SET", RedisWord(owner.key(of: .meta, id)), RedisWord(meta.bytes), "EX", "60"],
      ["SET", RedisWord(owner.key(of: .history, id)), #"["live"]"#, "EX", "60"],
      ["SET", RedisWord(owner.key(of: .state, id)), "{}", "EX", "60"], ["CONFIG", "RESETSTAT"],
    ])
    #expect(try fixture.migrate().live == 1)
    #expect(try writes(fixture) == [:])
    #expect(try fixture.text(owner.currentKey) == id.text)
  }

  @Test("What was said on legacy since the migration is added, and said to be in both")
  func catchUp() throws {
    let fixture = try MigrationFixture()
    let owner = ContextOwner(.client, "42")
    let id = ConversationID.derived(from: Array(owner.legacyKey.utf8))
    func write(_ messages: [Message], state: String) throws {
      try fixture.redis(
        "SET", "chat:customer:42", RedisWord(LegacyText.value("42", messages, state: state)), "EX", "1800")
    }
    try write(LegacyText.messages(9), state: #"{"step":1}"#)
    try fixture.migrate()
    try fixture.redis("EXPIRE", RedisWord(owner.key(of: .history, id)), "30")
    try write(Array(LegacyText.messages(12).suffix(10)), state: #"{"step":2}"#)
    #expect(try fixture.preview().map(\.isMerge) == [true])
    let tally = try fixture.migrate()
    #expect(tally.merged == 1, "\(tally)")
    #expect(tally.seen == 1, "\(tally)")
    let history = Array(try #require(try fixture.text(owner.key(of: .history, id))).utf8)
    #expect(try Message.list(in: history) == LegacyText.messages(12).suffix(10))
    #expect(try fixture.text(owner.key(of: .state, id)) == #"{"step":2}"#)
    let meta = try ConversationMeta(Array(try #require(try fixture.text(owner.key(of: .meta, id))).utf8))
    #expect(meta.messages == 12)
    #expect(meta.synced == 12)
    #expect(!meta.hasChanged)
    for key in ConversationPart.allCases.map({ owner.key(of: $0, id) }) + [owner.currentKey] {
      #expect(try (1_700_000...1_800_000).contains(fixture.lifetime(key)), "\(key)")
    }
    #expect(try fixture.lifetime("chat:customer:42") > 600_000_000)
    #expect(try fixture.migrate().present == 1)
  }

  @Test("A context that is written all the while is migrated with a value that was there, and nothing is torn")
  func race() throws {
    let fixture = try MigrationFixture()
    let owner = ContextOwner(.client, "hot")
    let id = ConversationID.derived(from: Array(owner.legacyKey.utf8))
    try fixture.redis((0..<300).map { ["SET", "chat:customer:\($0)", "{}", "EX", "900"] })
    try fixture.redis(
      "SET", "chat:customer:hot", RedisWord(LegacyText.value("hot", LegacyText.messages(1))), "EX", "900")
    let isEnding = Atomic(false)
    let (address, threads) = (fixture.server.address(), Threads())
    threads.start {
      var connection = try RedisConnection.open(try RedisAddress(parsing: address), name: "writer")
      for count in 2... {
        if isEnding.load(ordering: .relaxed) { return }
        let messages = LegacyText.messages(count % 9 + 1)
        try connection.command("SET", "chat:customer:hot", RedisWord(LegacyText.value("hot", messages)), "EX", "900")
      }
    }
    var tallies: [MigrationTally] = []
    for _ in 0..<5 {
      let parts = ConversationPart.allCases.map { RedisWord(owner.key(of: $0, id)) }
      try fixture.redis([["DEL", RedisWord(owner.currentKey)] + parts])
      tallies.append(try fixture.migrate())
    }
    isEnding.store(true, ordering: .relaxed)
    try threads.join()
    for tally in tallies { #expect(tally.unreadable == 0 && tally.seen == 301, "\(tally)") }
    let history = try Message.list(in: Array(try #require(try fixture.text(owner.key(of: .history, id))).utf8))
    #expect(history == LegacyText.messages(history.count))
    let meta = try ConversationMeta(Array(try #require(try fixture.text(owner.key(of: .meta, id))).utf8))
    #expect(meta.messages == history.count)
    // With the writer gone, one more run brings both to the same.
    try fixture.migrate()
    let legacy = try LegacyContext(Array(try #require(try fixture.text("chat:customer:hot")).utf8))
    let last = try Message.list(in: Array(try #require(try fixture.text(owner.key(of: .history, id))).utf8))
    #expect(legacy.messages.allSatisfy(last.contains))
  }

  @Test("A full Redis and a replica are said to be such; nothing is half written")
  func refused() throws {
    let fixture = try MigrationFixture()
    try fixture.redis((0..<200).map { ["SET", "chat:customer:\($0)", "{}", "EX", "900"] })
    try fixture.redis("CONFIG", "SET", "maxmemory", "1")
    do {
      try fixture.migrate()
      Issue.record("no error")
    } catch { #expect("\(error)".contains("OOM") && "\(error)".contains("Raise maxmemory"), "\(error)") }
    try fixture.redis([["CONFIG", "SET", "maxmemory", "0"], ["REPLICAOF", "127.0.0.1", "1"]])
    do {
      try fixture.migrate()
      Issue.record("no error")
    } catch { #expect("\(error)".contains("address of the primary"), "\(error)") }
    try fixture.redis("REPLICAOF", "NO", "ONE")
    #expect(try fixture.redis("DBSIZE") == .integer(200))
    #expect(try fixture.migrate().migrated == 200)
  }

  @Test("A user with the rights of docs/redis.md can do it, and without the right to write only look")
  func rights() throws {
    var options = RedisServerOptions()
    let keys = "~chat:customer:* ~admin:context:* ~conversation:*"
    let reading = "+client|setname +select +scan +eval +evalsha +get +getrange +strlen +type +pttl +time"
    options.users = [
      try Repository.documentedRights(of: "migration"),
      "reader on >secret \(keys) \(reading)",
    ]
    let fixture = try MigrationFixture(options)
    try fixture.redis([["SET", "chat:customer:1", "{}", "EX", "900"], ["LPUSH", "chat:customer:list", "x"]])
    func place(_ user: String) throws -> ContextLocation {
      ContextLocation(address: try RedisAddress(parsing: fixture.server.address(credentials: "\(user):secret")))
    }
    let reader = try place("reader")
    #expect(try fixture.preview { $0.place = reader }.count == 1)
    #expect(throws: MigrationError.self) { try fixture.migrate { $0.place = reader } }
    let migration = try place("migration")
    let tally = try fixture.migrate { $0.place = migration }
    #expect(tally.migrated == 1, "\(tally)")
    #expect(tally.unreadable == 1, "\(tally)")
  }

  @Test("With a rate it takes its time")
  func rate() throws {
    let fixture = try MigrationFixture()
    try fixture.redis((0..<60).map { ["SET", "chat:customer:\($0)", "{}", "EX", "900"] })
    let start = ContinuousClock.now
    #expect(try fixture.migrate { $0.rate = 100 }.migrated == 60)
    #expect(ContinuousClock.now - start >= .milliseconds(500))
  }
}

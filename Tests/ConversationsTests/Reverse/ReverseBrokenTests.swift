import Conversations
import Redis
import TestSupport
import Testing

@Suite("What cannot be read is listed and left as it is", .startsPrograms)
struct ReverseBrokenTests {
  private static let broken: [(name: String, value: [RedisWord])] = [
    ("no JSON", ["SET", "?", "hello"]), ("empty", ["SET", "?", ""]), ("cut off", ["SET", "?", "{\"a\":"]),
    ("binary", ["SET", "?", RedisWord([0xFF, 0x00, 0x80])]), ("another kind", ["HSET", "?", "a", "1"]),
    ("deep", ["SET", "?", RedisWord(String(repeating: "[", count: 100) + String(repeating: "]", count: 100))]),
    ("too large", ["SET", "?", RedisWord([UInt8](repeating: 0x20, count: StoredValue.limit + 1))]),
  ]

  @Test("Broken values of every kind, on both sides")
  func values() throws {
    let sides = try BothSides()
    var keys: [String] = []
    func damage(_ key: String, _ words: [RedisWord]) throws {
      try sides.look("DEL", RedisWord(key))
      var connection = try sides.fixture.place.connect(as: "damage", timeoutNanoseconds: 10_000_000_000)
      try connection.command(words.map { $0 == "?" ? RedisWord(key) : $0 })
      keys.append(key)
    }
    for (name, words) in Self.broken {
      for part in ["legacy", "current", "history", "state", "meta"] {
        let owner = ContextOwner(.client, "\(name) of \(part)")
        try sides.talk(sides.legacy, 1...1, by: owner)
        try sides.talk(sides.unified, 2...2, by: owner)
        let id = try #require(try sides.look.text(owner.currentKey))
        switch part {
        case "legacy": try damage(owner.legacyKey, words)
        case "current": try damage(owner.currentKey, words)
        default: try damage("conversation:client:\(owner.user):\(id):\(part)", words)
        }
      }
    }
    try damage("chat:customer:list", ["SET", "?", #"{"state":{},"messages":{"a":1}}"#])
    try sides.talk(sides.unified, 1...1, by: ContextOwner(.client, "list"))
    try sides.look("SET", RedisWord(Array("conversation:admin:".utf8) + [0xFF] + Array(":current".utf8)), "x")
    try sides.look("SET", "conversation:admin::current", "x")
    let whole = ContextOwner(.client, "whole")
    try sides.talk(sides.unified, 1...1, by: whole)

    let before = try sides.everything()
    var listed: [String: String] = [:]
    let tally = try sides.reverse { _ in
    } tell: { event in
      if case .unreadable(_, let value) = event { listed[value.key] = value.reason }
    }
    #expect(tally.unreadable == keys.count + 2)
    #expect(tally.written == 1)
    #expect(tally.created == 1)
    for key in keys { #expect(listed[key]?.isEmpty == false, "\(key)") }
    var after = try sides.everything()
    #expect(after.removeValue(forKey: whole.legacyKey) != nil)
    let meta = try #require(after.keys.first { $0.contains(":whole:") && $0.hasSuffix(":meta") })
    #expect(after[meta] != before[meta])
    after[meta] = before[meta]
    #expect(after == before)
    // They stay unsynced: repaired, they go back.
    try sides.look("SET", "chat:customer:no JSON of legacy", #"{"messages":[]}"#)
    #expect(try sides.reverse().written == 1)
  }

  @Test("A server that is full or read-only ends the run with a clear error; nothing is half written")
  func refusals() throws {
    let sides = try BothSides()
    try sides.talk(sides.legacy, 1...1)
    try sides.migrate()
    try sides.talk(sides.unified, 2...2)
    let before = try sides.everything()
    for (setting, word, back, advice) in [
      (["CONFIG", "SET", "maxmemory", "1"], "maxmemory", ["CONFIG", "SET", "maxmemory", "0"], "Raise maxmemory"),
      (["REPLICAOF", "127.0.0.1", "1"], "replica", ["REPLICAOF", "NO", "ONE"], "address of the primary"),
    ] {
      try sides.fixture.server.cli(setting)
      let error = #expect(throws: RedisError.self, "\(word)") { try sides.reverse() }
      #expect(error?.description.contains(advice) == true, "\(String(describing: error))")
      try sides.fixture.server.cli(back)
      #expect(try sides.everything() == before)
    }
    #expect(try sides.reverse().written == 1)
  }
}

import Flags
import Foundation
import Redis
import TestSupport
import Testing

@testable import Conversations

@Suite("Moving contexts by a layout", .startsPrograms)
struct TransferTests {
  @Test("A context becomes a conversation as the table says; the legacy key keeps its bytes and its life")
  func forward() throws {
    let app = try TransferFixture()
    try app.setLegacy(seconds: 600)
    let before = try app.legacy
    #expect(try app.migrate() == TransferTally { $0.created = 1 })
    #expect(try app.legacy == before)
    #expect(try app.redis.lifetime("chat:customer:\(TransferFixture.user)") <= 600_000)
    #expect(try app.part("state") == TransferFixture.state(turns: 4, cart: [("a1b2", 2)]))
    #expect(try app.part("history") == "[]")
    let meta = try JSONObject(Array(try #require(try app.part("meta")).utf8))
    #expect(meta.text("role") == "client")
    #expect(meta.text("last_activity") == "2026-03-01T09:03:10+00:00")
    // As long as the context had left, not a new lifetime.
    #expect((590_000...600_000).contains(try app.redis.lifetime(app.key("meta"))))
    #expect(try app.migrate() == TransferTally { $0.same = 1 })
    #expect(try app.verify().same == 1)
    #expect(try app.losses().losing == 0)
  }

  @Test("What was done on unified comes back in place: every byte of the legacy value that is not mapped stays")
  func backward() throws {
    let app = try TransferFixture()
    try app.setLegacy()
    _ = try app.migrate()
    try app.talkOnUnified(seconds: 900)
    let losses = try app.losses()
    #expect(losses.users == 1)
    #expect(losses.losing == 1)
    #expect(losses.tasks == 1)
    #expect(try app.verify().liveSince == 1)
    #expect(try app.reverse() == TransferTally { $0.changed = 1 })
    #expect(try app.legacy == TransferFixture.legacy(turns: 5, cart: [("a1b2", 3)], updated: "09:10:00"))
    #expect(try app.reverse() == TransferTally { $0.same = 1 })
    #expect(try app.verify().same == 1)
  }

  @Test("A legacy key that has ended its life comes back from the record, with the life of the conversation")
  func fromRecord() throws {
    let app = try TransferFixture()
    try app.setLegacy()
    _ = try app.migrate()
    // Its life is over.
    try app.forget(until: 1)
    try app.redis.redis("DEL", "chat:customer:\(TransferFixture.user)")
    try app.talkOnUnified(seconds: 500)
    #expect(try app.reverse() == TransferTally { $0.created = 1 })
    #expect(try app.legacy == TransferFixture.legacy(turns: 5, cart: [("a1b2", 3)], updated: "09:10:00"))
    #expect((400_000...500_000).contains(try app.redis.lifetime("chat:customer:\(TransferFixture.user)")))
  }

  @Test("A conversation that began on unified becomes a legacy value of the layout's template")
  func fromTemplate() throws {
    let app = try TransferFixture()
    try app.talkOnUnified()
    #expect(try app.losses().losing == 1)
    #expect(try app.reverse() == TransferTally { $0.created = 1 })
    let value = try JSONObject(Array(try #require(try app.legacy).utf8))
    #expect(value.text("userId") == TransferFixture.user)
    #expect(value.text("_context_type") == #"App\Domain\ValueObject\CustomerConversationContext"#)
    #expect(value.text("updatedAt") == "2026-03-01T09:10:00+00:00")
    #expect(
      value["cartSnapshot"].map { String(decoding: $0, as: UTF8.self) } == #"[{"product_id":"a1b2","quantity":3}]"#)
    #expect(try app.reverse() == TransferTally { $0.same = 1 })
  }

  @Test("What was erased on unified before its life was over is erased on legacy, and never comes back")
  func erasedOnUnified() throws {
    let app = try TransferFixture()
    try app.setLegacy()
    _ = try app.migrate()
    try app.eraseOnUnified()
    #expect(try app.verify().erased == 1)
    #expect(try app.migrate() == TransferTally { $0.erased = 1 })
    #expect(try app.part("meta") == nil)
    #expect(try app.reverse() == TransferTally { $0.erased = 1 })
    #expect(try app.everything().isEmpty)
  }

  @Test("What was erased on legacy is erased on unified by the next migration")
  func erasedOnLegacy() throws {
    let app = try TransferFixture()
    try app.setLegacy()
    _ = try app.migrate()
    try app.redis.redis("DEL", "chat:customer:\(TransferFixture.user)")
    #expect(try app.reverse() == TransferTally { $0.erased = 1 })
    #expect(try app.legacy == nil)
    #expect(try app.migrate() == TransferTally { $0.erased = 1 })
    #expect(try app.everything().isEmpty)
  }

  @Test("Where Redis has evicted keys, an erasure is not acted upon but listed")
  func evictions() throws {
    let app = try TransferFixture()
    try app.setLegacy()
    _ = try app.migrate()
    try app.eraseOnUnified()
    try app.evictOne()
    let before = try app.everything()
    #expect(try app.reverse() == TransferTally { $0.uncertain = 1 })
    #expect(try app.everything() == before)
    #expect(app.events.flatMap(\.listed).count == 1)
  }

  @Test("A value that the application could not read is neither moved nor written")
  func unreadable() throws {
    let app = try TransferFixture()
    try app.setLegacy(TransferFixture.legacy().replacing(#""flow":"cart_management","#, with: ""))
    #expect(try app.migrate() == TransferTally { $0.unreadable = 1 })
    #expect(app.events.flatMap(\.listed).first?.reason.contains("flow") == true)
    try app.setLegacy()
    _ = try app.migrate()
    try app.talkOnUnified()
    try app.set(app.key("meta"), #"{"role":"client","created_at":"2026-03-01T09:00:00+00:00","last_activity":5}"#)
    let before = try app.everything()
    #expect(try app.reverse() == TransferTally { $0.unreadable = 1 })
    #expect(try app.everything() == before)
  }

  @Test("Both sides were used: each member is that of the side on which it changed, in both directions")
  func both() throws {
    let app = try TransferFixture()
    try app.setLegacy()
    _ = try app.migrate()
    // Legacy first, in a request that ended late; then unified.
    try app.setLegacy(TransferFixture.legacy(turns: 5, updated: "09:05:00", language: "fr"))
    try app.talkOnUnified()
    #expect(try app.migrate() == TransferTally { $0.changed = 1 })
    let merged = TransferFixture.state(turns: 5, cart: [("a1b2", 3)]).replacing(#""es""#, with: #""fr""#)
    #expect(try app.part("state") == merged)
    #expect(try app.migrate() == TransferTally { $0.ahead = 1 })
    #expect(try app.reverse() == TransferTally { $0.changed = 1 })
    #expect(
      try app.legacy == TransferFixture.legacy(turns: 5, cart: [("a1b2", 3)], updated: "09:10:00", language: "fr"))
    #expect(try app.reverse() == TransferTally { $0.same = 1 })
  }

  @Test("A dry run writes nothing and shows the keys; the run then writes exactly them")
  func dryRun() throws {
    let app = try TransferFixture()
    try app.setLegacy()
    let before = try app.everything()
    _ = try app.migrate { $0.isDryRun = true }
    #expect(try app.everything() == before)
    let shown = app.events.flatMap(\.writes)
    _ = try app.migrate()
    let after = try app.everything()
    #expect(Set(shown.map { String(decoding: $0.key, as: UTF8.self) }).union(before.keys) == Set(after.keys))
  }

  @Test("Users outside the selection are not touched by a byte")
  func outside() throws {
    let app = try TransferFixture()
    try app.setLegacy()
    let before = try app.everything()
    let nobody = MigrationSelection.moved(
      from: .init(generation: 0, flags: [.init(name: "F", percentage: .zero)]),
      to: .init(generation: 0, flags: [.init(name: "F", percentage: .zero)]), longestKey: 256)
    #expect(try app.migrate { $0.selection = nobody } == TransferTally { $0.outside = 1 })
    #expect(try app.everything() == before)
  }

  @Test("Each of a user's rows in the database gets the state and its own last messages, a user without one nothing")
  func rows() throws {
    let app = try TransferFixture(hasDatabase: true)
    try app.setLegacy()
    #expect(try app.migrate() == TransferTally { $0.noConversation = 1 })
    #expect(try app.part("meta", id: TransferFixture.row) == nil)
    try app.openRow(TransferFixture.row, seconds: 10)
    try app.openRow(TransferFixture.otherRow)
    for number in 1...6 { try app.say(TransferFixture.row, [("user", "q\(number)"), ("assistant", "a\(number)")]) }
    try app.say(TransferFixture.otherRow, [("user", "hello")])
    #expect(
      try app.migrate()
        == TransferTally {
          $0.created = 1; $0.messages = 11
        })
    let history = try Message.list(in: Array(try #require(try app.part("history")).utf8))
    #expect(history.count == 10)
    #expect(String(decoding: try #require(history.last).json, as: UTF8.self) == #"{"role":"assistant","content":"a6"}"#)
    #expect(try app.part("history", id: TransferFixture.otherRow) == #"[{"role":"user","content":"hello"}]"#)
    #expect(try app.part("state", id: TransferFixture.otherRow) == app.part("state"))
    #expect(try app.verify().same == 1)
    // The application replaces the row: what was migrated lies where nobody looks.
    try app.database?.sql("DELETE FROM conversations")
    try app.openRow("33333333-3333-4333-8333-333333333333")
    #expect(try app.verify().misplaced == 1)
  }
}

extension TransferFixture {
  /// The record says that the context lived only until then, in milliseconds since 1970.
  func forget(until: Int) throws {
    let key = "turnout:moved:chat:customer:\(Self.user)"
    var record = try #require(SyncRecord(Array((try redis.text(key) ?? "").utf8)))
    record.until = until
    try redis.redis("SET", RedisWord(key), RedisWord(record.bytes))
  }

  /// Redis evicts a key of another application: the one that expires first.
  func evictOne() throws {
    try redis.redis("CONFIG", "SET", "maxmemory-policy", "volatile-ttl")
    // Redis looks at a few keys by chance, and evicts the one of them that expires first: here at all.
    try redis.redis("CONFIG", "SET", "maxmemory-samples", "64")
    try redis.redis("SET", "victim", RedisWord(String(repeating: "x", count: 1 << 20)), "EX", "10")
    let used = try #require(RedisInfo(try redis.redis("INFO", "memory").text ?? "").number("used_memory"))
    try redis.redis("CONFIG", "SET", "maxmemory", RedisWord(used - 100_000))
    _ = try? redis.redis("SET", "more", "x")
    try redis.redis("CONFIG", "SET", "maxmemory", "0")
    #expect((RedisInfo(try redis.redis("INFO", "stats").text ?? "").number("evicted_keys") ?? 0) > 0)
    #expect(try redis.text("victim") == nil)
  }
}

/// Found by playing the guide on a model of the application, with users who begin rows, erase, and use two browsers.
@Suite("Users who erase, begin anew and use two browsers", .startsPrograms)
struct TransferUsersTests {
  private let new = "33333333-3333-4333-8333-333333333333"

  @Test("A row that begins on unified after the user went on there does not get the legacy context of before")
  func newRow() throws {
    let app = try TransferFixture(hasDatabase: true)
    try app.setLegacy()
    try app.openRow(TransferFixture.row)
    _ = try app.migrate()
    try app.talkOnUnified()
    try app.openRow(new, seconds: 60)
    #expect(try app.migrate() == TransferTally { $0.ahead = 1 })
    #expect(try app.part("meta", id: new) == nil)
  }

  @Test("A row that begins before the user went on gets the context, too")
  func secondBrowser() throws {
    let app = try TransferFixture(hasDatabase: true)
    try app.setLegacy()
    try app.openRow(TransferFixture.row)
    _ = try app.migrate()
    try app.openRow(new, seconds: 60)
    #expect(try app.migrate() == TransferTally { $0.created = 1 })
    #expect(try app.part("state", id: new) == app.part("state"))
  }

  @Test("An erased context does not come back under a row that begins afterwards")
  func erasedThenNew() throws {
    let app = try TransferFixture(hasDatabase: true)
    try app.setLegacy()
    try app.openRow(TransferFixture.row)
    _ = try app.migrate()
    try app.eraseOnUnified()
    try app.openRow(new, seconds: 60)
    #expect(try app.migrate() == TransferTally { $0.erased = 1 })
    #expect(try app.part("meta", id: new) == nil)
  }

  @Test("A message in a new browser, which began a conversation nobody finds, does not empty the cart on the way back")
  func stray() throws {
    let app = try TransferFixture(hasDatabase: true)
    try app.setLegacy()
    try app.openRow(TransferFixture.row)
    _ = try app.migrate()
    let began =
      #"{"flow":"browsing","last_tool":null,"turn_count":1,"selected_products":[],"cart_items":[],"#
      + #""checkout_step":null,"language":"en"}"#
    try app.set(
      app.key("meta", id: new),
      #"{"role":"client","created_at":"2026-03-01T09:20:00+00:00","last_activity":"2026-03-01T09:20:00+00:00"}"#)
    try app.set(app.key("state", id: new), began)
    #expect(try app.reverse() == TransferTally { $0.changed = 1 })
    let value = try #require(try app.legacy)
    #expect(value.contains(#""cartSnapshot":[{"product_id":"a1b2","quantity":2}]"#), "\(value)")
    #expect(value.contains(#""language":"es""#), "\(value)")
    // It is no migrated conversation that lies in the wrong place.
    let tally = try app.verify()
    #expect(tally.misplaced == 0, "\(tally)")
    #expect(try app.reverse() == TransferTally { $0.same = 1 })
  }

  @Test("Messages that the application saved after its context come in with the next run")
  func lateMessages() throws {
    let app = try TransferFixture(hasDatabase: true)
    let now = Timestamps.now()
    try app.setLegacy(TransferFixture.legacy(updated: "09:03:10").replacing("2026-03-01T09:03:10+00:00", with: now))
    try app.openRow(TransferFixture.row)
    _ = try app.migrate()
    try app.say(TransferFixture.row, [("user", "late"), ("assistant", "answer")])
    #expect(
      try app.migrate()
        == TransferTally {
          $0.changed = 1; $0.messages = 2
        })
    #expect(try app.part("history")?.contains("answer") == true)
    #expect(try app.migrate() == TransferTally { $0.same = 1 })
    #expect(try app.verify().same == 1)
  }
}

private enum Timestamps {
  /// RFC 3339, in UTC.
  static func now() -> String { Date().formatted(.iso8601).replacing("Z", with: "+00:00") }
}

import Conversations
import Flags
import Redis
import TestSupport
import Testing

@Suite("What both layouts keep in Redis, and give back", .startsPrograms)
struct StoreTests {
  private let fixture: StoreFixture
  private let customer = ContextOwner(.client, "42")

  init() throws { fixture = try StoreFixture() }

  @Test("A conversation begins with a message, and goes on", arguments: Cohort.allCases, ContextRole.allCases)
  func interaction(_ cohort: Cohort, _ role: ContextRole) throws {
    let store = fixture.store(cohort)
    let owner = ContextOwner(role, "42")
    let first = try store.appendUserMessage(1, from: owner)
    #expect(first.isNew)
    #expect(first.texts == ["1"])
    #expect(first.stateText == "{}")
    #expect(first.messages == 1)
    #expect(try store.commitReply(Message(.assistant, "two", at: 2), state: Array(#"{"a":[]}"#.utf8), in: first) == nil)
    let third = try store.appendUserMessage(3, from: owner)
    #expect(!third.isNew)
    #expect(third.texts == ["1", "two", "3"])
    #expect(third.stateText == #"{"a":[]}"#)
    #expect(third.id == first.id)
    #expect(third.key == first.key)
    #expect(third.messages == 3)
    #expect(try store.appendUserMessage(1, from: ContextOwner(role, "43")).isNew)
  }

  @Test("The keys and the documents are those of the layouts")
  func documents() throws {
    let look = try fixture.look()
    let before = try milliseconds(look)
    let unified = try fixture.store(.unified).appendUserMessage(1)
    _ = try fixture.store(.legacy).appendUserMessage(1)
    let meta = try ConversationMeta(Array(#require(try look.text(unified.key + ":meta")).utf8))
    let created = try #require(meta.createdAt)
    let after = try milliseconds(look)
    #expect(created >= before)
    #expect(created <= after)
    #expect(meta.updatedAt == created)
    #expect(
      try look.text(unified.key + ":meta")
        == #"{"v":1,"id":"\#(unified.id)","role":"client","user_id":"42","created_at":\#(created),"#
        + #""updated_at":\#(created),"messages":1}"#)
    #expect(try look.text(unified.key + ":history") == #"[{"role":"user","content":"1","at":1}]"#)
    #expect(try look.text(unified.key + ":state") == "{}")
    #expect(try look.text("conversation:client:42:current") == unified.id)
    #expect(ConversationID(unified.id) != nil)
    let value = try #require(try look.text("chat:customer:42"))
    let legacy = try LegacyContext(Array(value.utf8))
    #expect(legacy.messages.map(\.content.text) == ["1"])
    #expect(legacy.state == Array("{}".utf8))
    #expect(legacy.createdAt == legacy.updatedAt)
    #expect(value.contains(#""user_id":"42""#))
    #expect(try look("DBSIZE").integer == 5)
  }

  private func milliseconds(_ look: StoreFixture.Look) throws -> Int {
    let time = try #require(try look("TIME").elements?.compactMap(\.integer))
    return time[0] * 1_000 + time[1] / 1_000
  }

  @Test("Ten messages are kept, byte by byte as they came", arguments: Cohort.allCases)
  func bytes(_ cohort: Cohort) throws {
    let store = fixture.store(cohort)
    let odd = [
      #"{"a":[],"b":{},"n":12345678901234567890123,"f":1.0,"e":"\u00e9\/\" ] } [ {"}"#, #""\\""#, "3", "[[],[ ]]",
      "null",
      #"{"content":"ü 😀 \\\"","at":1e3}"#,
    ].map { Message(json: Array($0.utf8)) }
    for message in odd { _ = try store.appendUserMessage(message, from: customer) }
    var last = try store.appendUserMessage(0)
    #expect(Array(last.history.dropLast()) == odd)
    for number in 1...20 { last = try store.appendUserMessage(number) }
    #expect(last.texts == (11...20).map(String.init))
    #expect(last.messages == (cohort == .unified ? 27 : 10))
  }

  @Test("Who goes a step on with a state that somebody else has changed is told, and nothing is written")
  func conflict() throws {
    for cohort in Cohort.allCases {
      let store = fixture.store(cohort)
      let (one, other) = (try store.appendUserMessage(1), try store.appendUserMessage(2))
      #expect(
        try store.commitReply(Message(.assistant, "to 2", at: 3), state: Array(#"{"step":1}"#.utf8), in: other) == nil)
      let now = try #require(
        try store.commitReply(Message(.assistant, "to 1", at: 4), state: Array(#"{"step":9}"#.utf8), in: one))
      #expect(now.texts == ["1", "2", "to 2"])
      #expect(now.stateText == #"{"step":1}"#)
      #expect(now.id == one.id)
      #expect(!now.isNew)
      #expect(
        try store.commitReply(Message(.assistant, "to 1", at: 5), state: Array(#"{"step":2}"#.utf8), in: now) == nil)
      // Without a new state there is nothing to compare.
      #expect(try store.commitReply(Message(.assistant, "by the way", at: 6), state: nil, in: one) == nil)
      let last = try store.appendUserMessage(7)
      #expect(last.texts == ["1", "2", "to 2", "to 1", "by the way", "7"])
      #expect(last.stateText == #"{"step":2}"#)
    }
  }

  @Test("Users may have colons, spaces, quotes and any letters in their names", arguments: Cohort.allCases)
  func users(_ cohort: Cohort) throws {
    let store = fixture.store(cohort)
    let look = try fixture.look()
    for user in ["a:b:current", "a b", "Jürgen 😀", "\"x\"\\", "%d {1} [2]", "42\n43"] {
      let owner = ContextOwner(.client, user)
      let context = try store.appendUserMessage(1, from: owner)
      #expect(try store.commitReply(Message(.assistant, "2", at: 2), state: nil, in: context) == nil)
      #expect(try store.appendUserMessage(3, from: owner).texts == ["1", "2", "3"])
      for key in context.keys {
        #expect(try look("EXISTS", .init(key)).integer == 1)
        switch try #require(ContextKey(Array(key.utf8))) {
        case .legacy(let found), .current(let found): #expect(found == owner)
        case .part(_, let found, let id): #expect(found == owner && id.text == context.id)
        }
      }
      let document = try #require(try look.text(cohort == .legacy ? context.key : context.key + ":meta"))
      #expect(try JSONObject(Array(document.utf8)).text("user_id") == user)
    }
  }

  @Test("An interaction is one round trip, once the server has the script", arguments: Cohort.allCases)
  func roundTrips(_ cohort: Cohort) throws {
    let store = fixture.store(cohort)
    let first = try store.appendUserMessage(1)
    _ = try store.commitReply(Message(.assistant, "2", at: 2), state: nil, in: first)
    let look = try fixture.look()
    try look("CONFIG", "RESETSTAT")
    let context = try store.appendUserMessage(3)
    _ = try store.commitReply(Message(.assistant, "4", at: 4), state: Array(#"{"a":1}"#.utf8), in: context)
    let statistics = try #require(try look("INFO", "commandstats").text)
    #expect(statistics.contains("cmdstat_evalsha:calls=2,"))
    #expect(!statistics.contains("cmdstat_eval:"))
    #expect(!statistics.contains("scan"))
    #expect(!statistics.contains("cmdstat_keys"))
  }
}

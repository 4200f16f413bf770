import Conversations
import Flags
import Redis
import TestSupport
import Testing

@Suite("How long contexts live in Redis", .startsPrograms)
struct StoreLifetimeTests {
  private let fixture: StoreFixture

  init() throws { fixture = try StoreFixture() }

  private func expect(_ seconds: Int, _ context: Context, _ look: StoreFixture.Look) throws {
    let remaining = try context.keys.map { try #require(try look.remaining($0)) }
    #expect(remaining.allSatisfy { $0 <= seconds * 1_000 && $0 > seconds * 1_000 - 5_000 }, "\(remaining)")
    // Set in one step, so that no part outlives another.
    #expect(try #require(remaining.max()) - #require(remaining.min()) <= 50, "\(remaining)")
  }

  @Test("Every interaction gives all parts a whole lifetime, by role", arguments: Cohort.allCases)
  func refresh(_ cohort: Cohort) throws {
    var lifetimes = ContextLifetimes()
    (lifetimes.client, lifetimes.admin) = (100, 200)
    let look = try fixture.look()
    let store = fixture.store(cohort, lifetimes: lifetimes)
    for (role, seconds) in [(ContextRole.client, 100), (.admin, 200)] {
      let context = try store.appendUserMessage(1, from: ContextOwner(role, "42"))
      #expect(context.lifetime == seconds)
      try expect(seconds, context, look)
      for key in context.keys { try look("EXPIRE", RedisWord(key), 7) }
      _ = try store.commitReply(Message(.assistant, "2", at: 2), state: nil, in: context)
      try expect(seconds, context, look)
      for key in context.keys { try look("PERSIST", RedisWord(key)) }
      try expect(seconds, try store.appendUserMessage(3, from: ContextOwner(role, "42")), look)
    }
  }

  @Test("After its lifetime a new conversation begins", arguments: Cohort.allCases)
  func expiry(_ cohort: Cohort) throws {
    var lifetimes = ContextLifetimes()
    lifetimes.client = 1
    let store = fixture.store(cohort, lifetimes: lifetimes)
    let first = try store.appendUserMessage(1)
    #expect(try !store.appendUserMessage(2).isNew)
    pause(.milliseconds(1_100))
    let later = try store.appendUserMessage(3)
    #expect(later.isNew)
    #expect(later.texts == ["3"])
    #expect(later.messages == 1)
    #expect(later.stateText == "{}")
    #expect((later.id == first.id) == (cohort == .legacy))
    #expect(try fixture.look()("DBSIZE").integer == (cohort == .legacy ? 1 : 4))
  }

  @Test(
    "Adaptive: short after an interaction that stands alone, long while one follows the other",
    arguments: Cohort.allCases)
  func adaptive(_ cohort: Cohort) throws {
    var lifetimes = ContextLifetimes()
    lifetimes.adaptive = true
    let look = try fixture.look()
    let store = fixture.store(cohort, lifetimes: lifetimes)
    let first = try store.appendUserMessage(1)
    try expect(900, first, look)
    _ = try store.commitReply(Message(.assistant, "2", at: 2), state: nil, in: first)
    try expect(900, first, look)
    let second = try store.appendUserMessage(3)
    try expect(3_600, second, look)
    _ = try store.commitReply(Message(.assistant, "4", at: 4), state: nil, in: second)
    try expect(3_600, second, look)
    // As if it had been 301 seconds ago.
    let key = cohort == .legacy ? first.key : first.key + ":meta"
    var document = try JSONObject(Array(#require(try look.text(key)).utf8))
    document.set("updated_at", try #require(document.number("updated_at")) - 301_000)
    try look("SET", RedisWord(key), RedisWord(document.bytes))
    try expect(900, try store.appendUserMessage(5), look)
  }

  @Test("What ends between question and answer is written anew, with what was known of it", arguments: Cohort.allCases)
  func endsBetween(_ cohort: Cohort) throws {
    let store = fixture.store(cohort)
    let look = try fixture.look()
    let context = try store.appendUserMessage(1)
    try look("FLUSHALL")
    #expect(try store.commitReply(Message(.assistant, "2", at: 2), state: Array(#"{"a":1}"#.utf8), in: context) == nil)
    let next = try store.appendUserMessage(3)
    #expect(next.id == context.id)
    #expect(next.texts == ["1", "2", "3"])
    #expect(next.stateText == #"{"a":1}"#)
    #expect(!next.isNew)
    try expect(1_800, next, look)
  }

  @Test("The answer stays out of a conversation that began meanwhile")
  func anotherBegan() throws {
    let store = fixture.store(.unified)
    let context = try store.appendUserMessage(1)
    try fixture.look()("FLUSHALL")
    let other = try store.appendUserMessage(2)
    let now = try #require(try store.commitReply(Message(.assistant, "to 1", at: 3), state: nil, in: context))
    #expect(now.id == other.id)
    #expect(now.texts == ["2"])
  }
}

import Flags
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Conversations

@Suite("Where migration and comparison draw their lines")
struct BoundaryTests {
  private let owner = ContextOwner(.client, "42")

  private func message(_ role: String?, _ text: String, _ at: Int?) -> Message {
    let members = [role.map { #""role":"\#($0)""# }, #""content":"\#(text)""#, at.map { #""at":\#($0)"# }]
    return Message(json: Array("{\(members.compactMap(\.self).joined(separator: ","))}".utf8))
  }

  @Test(
    "Two messages are one by text, role and time; loosely also by what one of them does not say",
    arguments: [
      (("user", "a", 7_000), ("user", "a", 7_000), true, true),
      (("user", "a", 7_000), ("user", "b", 7_000), false, false),
      (("user", "a", 7_000), ("assistant", "a", 7_000), false, false), (("user", "a", 7), (nil, "a", 7), false, true),
      ((nil, "a", 7), ("user", "a", 7), false, true), (("user", "a", nil), ("user", "a", 7), false, true),
      (("user", "a", 7_000), ("user", "a", 7_999), true, true),
      (("user", "a", 7_000), ("user", "a", 8_000), false, true),
      (("user", "a", 7_001), ("user", "a", 7_999), false, true),
      (("user", "a", 7_001), ("user", "a", 12_001), false, true),
      (("user", "a", 7_001), ("user", "a", 12_002), false, false),
    ] as [((String?, String, Int?), (String?, String, Int?), Bool, Bool)])
  func same(
    one: (String?, String, Int?), other: (String?, String, Int?), strictly: Bool, loosely: Bool
  ) {
    let first = [message(one.0, one.1, one.2), message("user", "other", 0)]
    let second = [message(other.0, other.1, other.2), message("user", "another", 0)]
    for (first, second) in [(first, second), (second, first)] {
      #expect(MessageMerge.merge(first, second).count == (strictly ? 3 : 4))
      #expect(MessageMerge.merge(first, second, loosely: false).count == (strictly ? 3 : 4))
      #expect(MessageMerge.merge(first, second, loosely: true).count == (loosely ? 3 : 4))
      #expect(MessageMerge.areSame(first[0], second[0]) == strictly)
      #expect(MessageMerge.without(second, in: first).count == (loosely ? 1 : 2))
    }
  }

  private func conversation(
    _ count: Int, messages: Int?, synced: Int? = nil, more: String = #","created_at":1,"updated_at":1"#
  ) throws -> Conversation {
    let numbers = [("messages", messages), ("synced", synced)].map { name, number in
      number.map { #","\#(name)":\#($0)"# } ?? ""
    }.joined()
    let id = owner.derivedID
    let meta =
      #"{"v":1,"id":"\#(id.text)","role":"client","user_id":"42","source":"chat:customer:42"\#(more)\#(numbers)}"#
    let history = Message.array(of: (0..<count).map { Message(.user, "\($0)", at: $0) })
    func stored(_ bytes: [UInt8]) -> StoredValue { .text(bytes, milliseconds: 1_000) }
    return try Conversation(
      RawConversation(
        id: id, history: stored(history), state: stored(Array("{}".utf8)), meta: stored(Array(meta.utf8))),
      of: owner)
  }

  @Test(
    "Below ten messages the count is exact, from ten on at least that; synced is no more",
    arguments: [
      (0, 0, 0, []), (3, 3, 3, []), (3, 3, 0, []), (3, 2, 0, ["meta.messages"]), (3, 4, 0, ["meta.messages"]),
      (9, 10, 0, ["meta.messages"]), (10, 10, 10, []), (10, 11, 0, []), (10, 9, 0, ["meta.messages"]),
      (9, 9, 10, ["meta.synced"]), (10, 10, 11, ["meta.synced", "meta.messages"]), (3, 3, -1, ["meta.synced"]),
      (11, 11, 0, ["history.count"]), (3, 3, nil, ["meta.synced"]), (3, nil, 0, ["meta.messages"]),
    ] as [(Int, Int?, Int?, [String])])
  func counts(count: Int, messages: Int?, synced: Int?, fields: [String]) throws {
    let found = MetaComparison(try conversation(count, messages: messages, synced: synced), of: owner).differences
    #expect(found.map(\.field) == fields)
  }

  @Test("A conversation of another owner differs in all that names one")
  func owners() throws {
    let other = ContextOwner(.admin, "43")
    let found = MetaComparison(try conversation(1, messages: 1, synced: 1), of: other).differences
    #expect(found.map(\.field) == ["meta.role", "meta.user_id", "meta.source"])
  }

  @Test(
    "Times are the same when they are equal, or in one second of which legacy knows no more",
    arguments: [
      (5_000, 5_000, true), (5_000, 5_001, true), (5_000, 5_999, true), (5_000, 6_000, false), (5_000, 4_999, false),
      (5_001, 5_001, true), (5_001, 5_002, false), (5_999, 5_000, false),
    ])
  func updated(legacy: Int, found: Int, isSame: Bool) throws {
    let context = try LegacyContext(Array(#"{"state":{},"created_at":1,"updated_at":\#(legacy)}"#.utf8))
    let conversation = try conversation(1, messages: 1, synced: 1, more: #","created_at":1,"updated_at":\#(found)"#)
    let differences = MetaComparison.times(conversation, context, [], isDerived: true)
    #expect(differences.map(\.field) == (isSame ? [] : ["meta.updated_at"]))
  }

  @Test(
    "The time of creation is that of legacy; where legacy has none, no later than the first message",
    arguments: [(7, 7, true), (7, 6, false), (7, 8, false), (nil, 9, true), (nil, 8, true), (nil, 10, false)]
      as [(Int?, Int, Bool)])
  func created(legacy: Int?, found: Int, isSame: Bool) throws {
    let time = legacy.map { #","created_at":\#($0)"# } ?? ""
    let context = try LegacyContext(Array(#"{"state":{},"updated_at":9\#(time)}"#.utf8))
    let conversation = try conversation(1, messages: 1, synced: 1, more: #","created_at":\#(found),"updated_at":9"#)
    let earlier = [message("user", "a", 9)]
    func fields(isDerived: Bool) -> [String] {
      MetaComparison.times(conversation, context, earlier, isDerived: isDerived).map(\.field)
    }
    #expect(fields(isDerived: true) == (isSame ? [] : ["meta.created_at"]))
    #expect(fields(isDerived: false).isEmpty)
  }

  @Test("The keys of a conversation expire within a second of each other", arguments: [(1_000, true), (1_001, false)])
  func lifetimes(apart: Int, isSame: Bool) {
    func stored(_ left: Int?) -> StoredValue { .text([], milliseconds: left) }
    let parts = RawConversation(
      id: owner.derivedID, history: stored(50_000), state: stored(50_000), meta: stored(50_000 + apart))
    #expect(
      TimeComparison(current: stored(50_000), parts).differences.map(\.field) == (isSame ? [] : ["meta.ttl"]))
    var endless = parts
    (endless.meta, endless.state) = (stored(nil), .missing)
    #expect(TimeComparison(current: stored(50_000), endless).differences.map(\.field) == ["state", "meta.ttl"])
  }

  @Test("A lifetime is 1 second to 31 days, and what is wrong says what is right")
  func variables() throws {
    func lifetimes(_ variable: String, _ value: String) throws -> ContextLifetimes {
      try ContextLifetimes { $0 == variable ? value : nil }
    }
    for seconds in [1, 2_678_400] {
      let both = try lifetimes("CONTEXT_TTL", "\(seconds)")
      #expect([both.client, both.admin] == [seconds, seconds])
      #expect(!both.adaptive)
      #expect(try lifetimes("ADMIN_CONTEXT_TTL", "\(seconds)").admin == seconds)
      #expect(try lifetimes("ADMIN_CONTEXT_TTL", "\(seconds)").client == 1_800)
    }
    for variable in ["CONTEXT_TTL", "CUSTOMER_CONTEXT_TTL", "ADMIN_CONTEXT_TTL"] {
      for value in ["0", "2678401", "-1", "x"] {
        let error = #expect(throws: ContextLifetimes.ParseError.self) { try lifetimes(variable, value) }
        #expect(
          error?.description == "\(variable) is \"\(value)\"; set it to a number of seconds from 1 to 2678400")
      }
    }
    for (value, isOn) in [("on", true), ("1", true), ("true", true), ("off", false), ("0", false), ("", false)] {
      #expect(try lifetimes("CONTEXT_TTL_ADAPTIVE", value).adaptive == isOn)
    }
    let error = #expect(throws: ContextLifetimes.ParseError.self) { try lifetimes("CONTEXT_TTL_ADAPTIVE", "yes") }
    #expect(error?.description == "CONTEXT_TTL_ADAPTIVE is \"yes\"; set it to on or off")
  }

  @Test(
    "The longest lifetime is the one that is set, while it adapts at least an hour",
    arguments: [(3_599, false, 3_599), (3_599, true, 3_600), (3_601, true, 3_601), (60, true, 3_600)])
  func longest(seconds: Int, isAdaptive: Bool, expected: Int) {
    var lifetimes = ContextLifetimes()
    (lifetimes.client, lifetimes.adaptive) = (seconds, isAdaptive)
    #expect(lifetimes.longest(.client) == expected)
  }

  @Test(
    "In memory, too, an interaction follows another within five minutes, to the nanosecond",
    arguments: [(300_000_000_000, 3_600), (300_000_000_001, 900)] as [(UInt64, Int)])
  func pause(nanoseconds: UInt64, lifetime: Int) {
    var lifetimes = ContextLifetimes()
    lifetimes.adaptive = true
    let clock = Moment()
    let store = MemoryStore(.unified, lifetimes: lifetimes, clock: { clock.now.load(ordering: .relaxed) })
    #expect(store.appendUserMessage(Message(.user, "1", at: 1), from: owner).lifetime == 900)
    clock.now.store(7 + nanoseconds, ordering: .relaxed)
    #expect(store.appendUserMessage(Message(.user, "2", at: 2), from: owner).lifetime == lifetime)
  }

  private final class Moment: Sendable {
    let now = Atomic<UInt64>(7)
  }

  @Test("A value is migrated up to one MiB, each part for itself", arguments: [0, 1])
  func size(surplus: Int) throws {
    let state = Array(("\"" + String(repeating: "x", count: MigrationLimits.value - 2 + surplus) + "\"").utf8)
    let value = Array(#"{"state":"#.utf8) + state + Array("}".utf8)
    let address = try RedisAddress(parsing: "redis://127.0.0.1:1")
    let progress = MigrationProgress()
    let reading = LegacyReading(
      migration: Migration(place: ContextLocation(address: address), lifetimes: ContextLifetimes()), role: .client,
      progress: progress, onUnreadable: { _ in })
    let found = try reading.read(Array(owner.legacyKey.utf8), value, nil)
    #expect(try reading.plan([found]).map(\.conversation.state.count) == (surplus == 0 ? [1 << 20] : []))
    #expect(progress.tally.unreadable == surplus)
  }

  @Test(
    "A batch is a tenth of what a second may be, at least one",
    arguments: [
      (nil, 16, 16), (0, 16, 16), (-1, 16, 16), (1, 16, 1), (9, 16, 1), (19, 16, 1), (20, 16, 2), (159, 16, 15),
      (160, 16, 16), (1_000, 16, 16),
    ] as [(Int?, Int, Int)])
  func batch(perSecond: Int?, most: Int, expected: Int) {
    #expect(RateLimiter(perSecond: perSecond).batch(of: most) == expected)
  }

  @Test("A record of a dump may be empty, and nothing shorter than its own lengths is one")
  func dump() {
    for record in [
      DumpRecord(key: [], type: "", expiresAt: 0, value: []),
      DumpRecord(key: [1], type: "hash", expiresAt: -1, value: []),
      DumpRecord(key: [1, 2], type: "string", expiresAt: .max, value: [0, 255]),
    ] {
      let bytes = DumpFormat.bytes(of: record)
      let (front, body) = (Array(bytes.prefix(24)), Array(bytes.dropFirst(24)))
      #expect(DumpFormat.number(front[..<4]) == UInt64(body.count))
      #expect(DumpFormat.record(front: front, body: body) == record)
      #expect(DumpFormat.record(front: front + [0], body: body) == nil)
      for count in 0..<(body.count - record.value.count) {
        let short = Array(body.prefix(count))
        let sum = Array(bytes.prefix(4)) + RedisDigest.sha1(short)
        #expect(DumpFormat.record(front: sum, body: short) == nil, "\(count)")
      }
    }
  }

  @Test("An index keeps the last ten lines of each, in their order")
  func index() {
    var index = LineIndex()
    let (one, other) = (ContextOwner(.client, "1"), ContextOwner(.admin, "1"))
    for number in 0..<13 {
      index.add(LineIndex.Location(offset: number, length: number + 1), of: one)
      if number < 2 { index.add(LineIndex.Location(offset: 100 + number, length: 1), of: other) }
    }
    #expect(index.last(20, of: one).map(\.offset) == Array(3..<13))
    #expect(index.last(10, of: one).map(\.length) == Array(4..<14))
    #expect(index.last(1, of: one).map(\.offset) == [12])
    #expect(index.last(0, of: one).isEmpty)
    #expect(index.last(10, of: other).map(\.offset) == [100, 101])
    #expect(index.last(10, of: ContextOwner(.client, "2")).isEmpty)
    let far = LineIndex.Location(offset: LineIndex.Location.farthest, length: LineIndex.Location.longest)
    #expect([far.offset, far.length] == [(1 << 40) - 1, (1 << 24) - 1])
  }

  @Test("A preview says of each whether it is a new conversation, and what points to it", .startsPrograms)
  func preview() throws {
    let fixture = try MigrationFixture()
    let said = LegacyText.messages(2)
    try fixture.redis("SET", RedisWord(owner.legacyKey), RedisWord(LegacyText.value("42", said)), "EX", "900")
    let new = try #require(try fixture.preview().first)
    #expect(!new.isMerge)
    #expect(new.entries.map(\.key).suffix(1) == [owner.currentKey])
    #expect(new.entries.count == 4)
    try fixture.migrate()
    let more = LegacyText.value("42", said + [Message(.user, "later", at: 1_800_000_000_000)])
    try fixture.redis("SET", RedisWord(owner.legacyKey), RedisWord(more), "EX", "900")
    let merge = try #require(try fixture.preview().first)
    #expect(merge.isMerge)
    #expect(merge.id == new.id)
    #expect(merge.entries.map(\.key) == new.entries.map(\.key).dropLast())
  }
}

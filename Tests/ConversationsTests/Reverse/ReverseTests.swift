import Conversations
import Flags
import Redis
import TestSupport
import Testing

@Suite("What was said on unified goes back to legacy", .startsPrograms)
struct ReverseTests {
  private let sides: BothSides
  private let owner = ContextOwner(.client, "42")

  init() throws { sides = try BothSides() }

  @Test("There and back and there again: no message is lost, none is there twice, and the task goes on")
  func roundTrip() throws {
    let before = #"{"locale":"de","state":{},"messages":[],"created_at":5,"updated_at":5,"cart":[1, 2]}"#
    try sides.look("SET", RedisWord(owner.legacyKey), RedisWord(before), "EX", 900)
    try sides.talk(sides.legacy, 1...1, state: #"{"step":1}"#)
    try sides.migrate()
    try sides.talk(sides.unified, 2...3, state: #"{"step":3}"#)
    let tally = try sides.reverse()
    #expect(tally.written == 1)
    #expect(tally.created == 0)
    #expect(tally.messages == 4)
    #expect(tally.lost == 0)
    var legacy = try sides.legacyContext()
    #expect(legacy.texts == ["q1", "a1", "q2", "a2", "q3", "a3"])
    #expect(legacy.stateText == #"{"step":3}"#)
    let value = try #require(try sides.look.text(owner.legacyKey))
    #expect(value.contains(#""locale":"de""#))
    #expect(value.contains(#""cart":[1, 2]"#))
    #expect(legacy.createdAt == 5)
    let left = try #require(try sides.look.remaining(owner.legacyKey))
    #expect(left > 1_795_000)

    let everything = try sides.everything()
    let again = try sides.reverse()
    #expect(again.written == 0)
    #expect(again.unchanged == 1)
    #expect(try sides.everything() == everything)

    try sides.talk(sides.legacy, 4...4, state: #"{"step":4}"#)
    #expect(try sides.reverse().written == 0)
    legacy = try sides.legacyContext()
    #expect(legacy.texts == ["q1", "a1", "q2", "a2", "q3", "a3", "q4", "a4"])
    #expect(legacy.stateText == #"{"step":4}"#)

    #expect(try sides.migrate().merged == 1)
    try sides.talk(sides.unified, 5...5, state: #"{"step":5}"#)
    #expect(try sides.reverse().messages == 2)
    legacy = try sides.legacyContext()
    #expect(legacy.texts == (1...5).flatMap { ["q\($0)", "a\($0)"] })
    #expect(legacy.stateText == #"{"step":5}"#)
  }

  @Test("What was said on legacy after the rollback stays, in the order of the times")
  func bothSides() throws {
    try sides.talk(sides.legacy, 1...1)
    try sides.migrate()
    try sides.talk(sides.unified, 2...2)
    try sides.talk(sides.legacy, 4...4)
    try sides.talk(sides.unified, 3...3)
    #expect(try sides.reverse().messages == 4)
    #expect(try sides.legacyContext().texts == ["q1", "a1", "q2", "a2", "q3", "a3", "q4", "a4"])
    #expect(try sides.reverse().written == 0)
  }

  @Test("The last ten are kept, and what is older is counted as lost")
  func long() throws {
    try sides.talk(sides.legacy, 1...2)
    try sides.migrate()
    try sides.talk(sides.unified, 3...9)
    let tally = try sides.reverse()
    #expect(tally.lost == 4)
    #expect(tally.messages == 10)
    #expect(try sides.legacyContext().texts == (5...9).flatMap { ["q\($0)", "a\($0)"] })
  }

  @Test("An application that keeps more than ten on legacy has as many as before")
  func longer() throws {
    let messages = (1...30).map { Message(.user, "m\($0)", at: $0) }
    let value = Array(#"{"state":{},"created_at":1,"updated_at":30,"history":"#.utf8) + Message.array(of: messages)
    try sides.look("SET", RedisWord(owner.legacyKey), RedisWord(value + Array("}".utf8)), "EX", 900)
    try sides.migrate()
    try sides.talk(sides.unified, 100...100)
    try sides.reverse()
    #expect(try sides.legacyContext().texts == (3...30).map { "m\($0)" } + ["q100", "a100"])
    #expect(try #require(try sides.look.text(owner.legacyKey)).contains(#""history":["#))
  }

  @Test("A conversation that was begun on unified makes a legacy context, and so does one whose legacy key is gone")
  func created() throws {
    let admin = ContextOwner(.admin, "a:b:current")
    try sides.talk(sides.unified, 1...1, state: #"{"step":1}"#, by: admin)
    try sides.talk(sides.legacy, 1...1)
    try sides.migrate()
    try sides.look("DEL", RedisWord(owner.legacyKey))
    let tally = try sides.reverse { $0.lifetimes.admin = 77 }
    #expect(tally.created == 2)
    #expect(tally.written == 2)
    let context = try sides.legacyContext(admin)
    #expect(context.texts == ["q1", "a1"])
    #expect(context.stateText == #"{"step":1}"#)
    let value = try #require(try sides.look.text(admin.legacyKey))
    #expect(value.hasPrefix(#"{"user_id":"a:b:current","state":"#))
    let left = try #require(try sides.look.remaining(admin.legacyKey))
    #expect((70_000...77_000).contains(left))
    #expect(try sides.legacyContext().texts == ["q1", "a1"])
    #expect(try sides.reverse().written == 0)
  }

  @Test("Only those who were asked for: by role, by bucket, by where the flag sends them now")
  func selection() throws {
    for user in ["lena", "uma", "ida", "ben"] {
      try sides.talk(sides.unified, 1...1, by: ContextOwner(.client, user))
    }
    try sides.talk(sides.unified, 1...1, by: ContextOwner(.admin, "lena"))
    func would(_ change: (inout ReverseMigration) -> Void) throws -> [String] {
      var users: [String] = []
      try sides.reverse({
        $0.isDryRun = true
        change(&$0)
      }) { if case .wrote(let write) = $0 { users.append(write.owner.role.rawValue + " " + write.owner.user) } }
      return users.sorted()
    }
    #expect(try would { $0.roles = [.admin] } == ["admin lena"])
    let flag = Flag(name: "F", percentage: try Percentage(100), deny: ["uma", "ben"])
    func sent(_ cohort: Cohort, _ flag: Flag) throws -> [String] {
      try would { $0.users = .sent(to: cohort, by: flag, longestKey: 256) }
    }
    #expect(try sent(.legacy, flag) == ["client ben", "client uma"])
    let others = try sides.reverse {
      ($0.isDryRun, $0.looksAtOthers) = (true, true)
      $0.users = .sent(to: .legacy, by: flag, longestKey: 256)
    }
    #expect(others.written == 2)
    #expect(others.outside == 3)
    #expect(others.outsideChanged == 3)
    #expect(try sent(.unified, flag) == ["admin lena", "client ida", "client lena"])
    let killed = Flag(name: "F", isEnabled: false, percentage: .full, allow: ["ida"])
    #expect(try sent(.legacy, killed).count == 5)
    #expect(try sent(.unified, killed).isEmpty)
    let bucket = Int(
      FlagSnapshot(generation: 0, flags: [flag]).decide(flag: 0, user: Array("ida".utf8).span.bytes).bucket)
    let (lower, upper) = (try #require(Percentage(threshold: bucket)), try #require(Percentage(threshold: bucket + 1)))
    #expect(
      try would { $0.users = .buckets(from: lower, to: upper, of: flag, longestKey: 256) } == ["client ida"])
    #expect(try sides.look("EXISTS", "chat:customer:ida", "admin:context:lena").integer == 0)
  }

  @Test("The dry run says exactly what is written, and writes nothing")
  func dryRun() throws {
    try sides.talk(sides.legacy, 1...2)
    try sides.migrate()
    try sides.talk(sides.unified, 3...4, state: #"{"a":[1,{"b":2}]}"#)
    try sides.talk(sides.unified, 1...1, by: ContextOwner(.admin, "7"))
    let before = try sides.everything()
    var planned: [String: String] = before
    let tally = try sides.reverse({ $0.isDryRun = true }) { event in
      guard case .wrote(let write) = event else { return }
      planned[write.legacyKey] = String(decoding: write.legacy, as: UTF8.self)
      planned[write.metaKey] = String(decoding: write.meta, as: UTF8.self)
    }
    #expect(try sides.everything() == before)
    #expect(tally.written == 2)
    #expect(try sides.reverse() == tally)
    #expect(try sides.everything() == planned)
    #expect(planned != before)
  }

  @Test("What the server had to evict is as empty: the rest goes back, and nothing lives for ever after")
  func evicted() throws {
    for part in ["history", "state", "meta"] {
      let user = ContextOwner(.client, part)
      try sides.talk(sides.legacy, 1...1, state: #"{"legacy":1}"#, by: user)
      try sides.migrate()
      try sides.talk(sides.unified, 2...2, state: #"{"unified":1}"#, by: user)
      try sides.look("DEL", RedisWord("conversation:client:\(part):\(user.derivedID.text):\(part)"))
    }
    #expect(try sides.reverse().written == 3)
    func context(_ part: String) throws -> LegacyContext { try sides.legacyContext(ContextOwner(.client, part)) }
    #expect(try context("history").texts == ["q1", "a1"])
    #expect(try context("history").stateText == #"{"unified":1}"#)
    #expect(try context("state").texts == ["q1", "a1", "q2", "a2"])
    #expect(try context("state").stateText == #"{"legacy":1}"#)
    #expect(try context("meta").texts == ["q1", "a1", "q2", "a2"])
    #expect(try !sides.everything().values.contains { $0.hasSuffix("forever") })
    #expect(try sides.reverse().written == 0)
  }
}

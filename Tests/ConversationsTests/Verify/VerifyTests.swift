import Conversations
import Flags
import Redis
import TestSupport
import Testing

@Suite("Migrated contexts are compared with what they were made of", .startsPrograms)
struct VerifyTests {
  private let sides: BothSides
  private let owner = ContextOwner(.client, "42")

  init() throws { sides = try BothSides() }

  @Test("From not migrated to expired: one word for each")
  func life() throws {
    try sides.talk(sides.legacy, 1...6)
    #expect(try sides.verify() == .notMigrated)
    try sides.migrate()
    #expect(try sides.verify() == .same)
    try sides.talk(sides.unified, 7...7, state: #"{"a":1}"#)
    #expect(try sides.verify() == .liveSince)
    try sides.reverse()
    #expect(try sides.verify() == .same)
    try sides.talk(sides.legacy, 8...8)
    #expect(try sides.verify() == .legacySince)
    try sides.migrate()
    #expect(try sides.verify() == .same)
    try sides.talk(sides.unified, 9...20)
    #expect(try sides.verify() == .liveSince)
    try sides.look("DEL", RedisWord(owner.legacyKey))
    #expect(try sides.verify() == .legacyGone)
    try sides.reverse()
    #expect(try sides.verify() == .same)
    try sides.talk(sides.legacy, 21...21)
    try sides.migrate()
    for part in ["history", "state", "meta"] {
      try sides.look("DEL", RedisWord("conversation:client:42:\(owner.derivedID.text):\(part)"))
    }
    try sides.look("DEL", RedisWord(owner.currentKey))
    #expect(try sides.verify() == .expired)
    try sides.talk(sides.unified, 22...22)
    #expect(try sides.verify() == .begunOnUnified)
  }

  @Test("It writes nothing, and counts every context once")
  func tally() throws {
    for number in 0..<250 {
      try sides.talk(number % 5 == 0 ? sides.unified : sides.legacy, 1...1, by: ContextOwner(.client, "\(number)"))
    }
    try sides.migrate()
    try sides.look("SET", "chat:customer:broken", "?")
    try sides.look("SET", "chat:customer:", "{}")
    for number in 1..<4 { try sides.talk(sides.unified, 2...2, by: ContextOwner(.client, "\(number)")) }
    let before = try sides.everything()
    func run(_ users: MigrationSelection) throws -> VerifyTally {
      var verification = Verification()
      verification.users = users
      var connection = try sides.fixture.place.connect(as: "verify", replyLimit: ContextReader.replyLimit)
      return try verification.run(on: &connection) { _, _ in }
    }
    var expected = VerifyTally()
    (expected.same, expected.liveSince, expected.unreadable) = (197, 3, 2)
    var all = try run(.everyone)
    // SCAN may give a key twice.
    #expect(all.found >= 402)
    all.found = 0
    #expect(all == expected)
    #expect(try sides.everything() == before)
    let flag = Flag(name: "F", percentage: .full, deny: ["1", "4"])
    let part = try run(.sent(to: .legacy, by: flag, longestKey: 256))
    #expect(part.same == 1)
    #expect(part.liveSince == 1)
    #expect(part.outside == 199)
    #expect(part.unreadable == 1)
  }

  @Test("Whoever goes back and forth between the sides as they please gives no false alarm")
  func walk() throws {
    var random = SeededGenerator(named: "back and forth")
    for _ in 0..<25 {
      try sides.look("FLUSHALL")
      var (number, steps) = (0, [String]())
      for _ in 0..<12 {
        number += 1
        switch Int.random(in: 0..<4, using: &random) {
        // With five since then nothing would be left of what was said on unified, and the counts look wrong.
        case 0 where steps.reversed().prefix(while: { $0 != "unified" }).count(where: { $0 == "legacy" }) < 4:
          steps.append("legacy")
          try sides.talk(sides.legacy, number...number, state: #"{"n":\#(number)}"#)
        case 1:
          steps.append("unified")
          let end = number + Int.random(in: 0...5, using: &random)
          try sides.talk(sides.unified, number...end, state: #"{"n":\#(number)}"#)
          number = end
        case 2:
          steps.append("migrate")
          try sides.migrate()
        default:
          steps.append("reverse")
          try sides.reverse()
        }
        switch try sides.verify() {
        case .differs(let fields): Issue.record("\(steps) \(fields)")
        case .unreadable(let value): Issue.record("\(steps) \(value)")
        default: break
        }
      }
      // In the end both sides can be brought together: everything that is kept is in both.
      try sides.reverse()
      try sides.migrate()
      let outcome = try sides.verify()
      #expect(outcome == .same || outcome == .liveSince || outcome == nil, "\(steps) \(String(describing: outcome))")
    }
  }
}

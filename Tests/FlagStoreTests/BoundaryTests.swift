import Flags
import JSON
import TestSupport
import Testing

@testable import FlagStore

@Suite("Where the store of the flags draws its lines")
struct BoundaryTests {
  private func flag(_ change: (inout Flag) -> Void = { _ in }) -> Flag {
    var flag = Flag(name: "F", percentage: .full, revision: 3)
    change(&flag)
    return flag
  }

  @Test(
    "A kill is hard when it says so, or when it follows a hard one",
    arguments: [
      (true, false, false, false), (true, false, true, true), (true, true, false, false), (true, true, true, true),
      (false, false, false, false), (false, false, true, true), (false, true, false, true), (false, true, true, true),
    ])
  func hardKill(isEnabled: Bool, wasHard: Bool, saysHard: Bool, isHard: Bool) {
    let before = flag { ($0.isEnabled, $0.isHardKill) = (isEnabled, wasHard) }
    let after = FlagEdit.kill(hard: saysHard).apply(to: before)
    #expect([after.isEnabled, after.isHardKill] == [false, isHard])
    #expect(after.percentage == .full)
  }

  @Test("A kill is soft unless it says otherwise, here and for one proxy")
  func softKill() {
    #expect(FlagEdit.kill() == .kill(hard: false))
    #expect(!LocalKill(by: "anna").hard)
    #expect(LocalKill(by: "anna", hard: true).hard)
    #expect(
      Precedence.flags(stored: [flag()], localKill: LocalKill(by: "anna"), isStoreLost: false)[0].isHardKill == false)
    #expect(Precedence.flags(stored: [flag()], localKill: nil, isStoreLost: true)[0].isHardKill == false)
    #expect(Precedence.flags(stored: [flag()], localKill: nil, isStoreLost: false) == [flag()])
  }

  @Test("Lists may grow by an edit that names users, or gives a list")
  func growing() {
    let edits: [(edit: FlagEdit, mayGrow: Bool)] = [
      (.allow(["a"]), true), (.deny(["a"]), true), (.replace(percentage: .zero, allow: [], deny: nil), true),
      (.replace(percentage: .zero, allow: nil, deny: []), true),
      (.replace(percentage: .zero, allow: nil, deny: nil), false), (.set(.zero), false), (.kill(), false),
      (.restore, false), (.forget(["a"]), false),
    ]
    for (edit, mayGrow) in edits {
      #expect(edit.mayGrow == mayGrow, "\(edit)")
      #expect(edit.isKill == (edit.action == .kill), "\(edit)")
    }
  }

  @Test("An entry leaves out what is the default, and names at most 20 users")
  func auditEntry() {
    let plain = AuditEntry.State(flag())
    #expect(plain.hard == nil)
    #expect([plain.salt, plain.hash, plain.listsFingerprint] == [nil, nil, nil])
    let full = AuditEntry.State(
      flag { ($0.isHardKill, $0.salt, $0.hash, $0.allow, $0.deny) = (true, "s", .growthbook, ["a", "b"], ["c"]) })
    #expect(full.hard == true)
    #expect([full.salt, full.hash] == ["s", HashScheme.growthbook.rawValue])
    #expect([full.allowCount, full.denyCount, full.revision] == [2, 1, 3])
    let prints = [flag { $0.allow = ["a"] }, flag { $0.deny = ["a"] }, flag { ($0.allow, $0.deny) = (["a"], ["a"]) }]
      .map { AuditEntry.State($0).listsFingerprint }
    #expect(Set(prints).count == 3)
    #expect(!prints.contains(nil))
    for count in [0, 19, 20, 21] {
      let users = (0..<count).map { "\($0)" }
      let entry = AuditEntry(
        .allow, before: nil, after: flag(), by: nil, from: nil, users: users, at: 0)
      #expect(entry.users == Array(users.prefix(20)))
    }
  }

  @Test(
    "A time is read as it is written, in UTC, also with a fraction",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:01.999Z", 1), ("2026-03-01T09:30:05Z", 1_772_357_405),
      ("2024-02-29T23:59:59Z", 1_709_251_199), ("", nil), ("Z", nil), ("2026-03-01T09:30:0Z", nil),
      ("2026-03-01T09:30:05", nil), ("2026-03-01T09:30:05+", nil), ("2026-03-01 09:30:05Z", nil),
      ("2026-0x-01T09:30:05Z", nil), ("2026-03-01T09:30:xxZ", nil), ("xxxx-03-01T09:30:05Z", nil),
    ] as [(String, Int?)])
  func timestamp(text: String, seconds: Int?) {
    #expect(Timestamp.seconds(text) == seconds)
    if let seconds, !text.contains(".") { #expect(Timestamp.text(seconds: seconds) == text) }
  }

  @Test("A time pads what is below ten, and nothing else")
  func padding() {
    #expect(Timestamp.text(seconds: 1_770_802_329) == "2026-02-11T09:32:09Z")
    #expect(Timestamp.text(seconds: 1_791_626_410) == "2026-10-10T10:00:10Z")
  }

  @Test("Of the flags there are, the first 20 are listed")
  func unknown() {
    func text(_ count: Int) -> String {
      FlagStoreError.unknownFlag(name: "OTHER", file: "f", known: (0..<count).map { "N\($0)" }).description
    }
    #expect(text(0).contains("and no other; add \"OTHER\": 0"))
    #expect(text(1).contains("there are N0"))
    #expect(text(20).contains("N18, N19"))
    #expect(!text(20).contains("..."))
    #expect(text(21).contains("N18, N19, ..."))
    #expect(!text(21).contains("N20"))
  }

  private static let names: [(String, Bool)] = {
    let lengths = [(0, false), (1, true), (128, true), (129, false)].map { (String(repeating: "n", count: $0), $1) }
    return lengths + "azAZ09:_.-".map { (String($0), true) } + "`{@[/; é".map { (String($0), false) }
  }()

  @Test(
    "A name has 1 to 128 of the characters that are allowed, each to the ends of its range", arguments: names)
  func name(text: String, isName: Bool) { #expect(FlagLimits.isName(text) == isName) }

  @Test("Saved flags are found by name, what is missing in others, and all or nothing")
  func saved() {
    func named(_ name: String, _ revision: Int = 1) -> Flag { Flag(name: name, percentage: .zero, revision: revision) }
    let saved = LastGood(
      source: "s", storeID: nil, savedAt: "t", localKill: nil, flags: [named("A"), named("B")])
    #expect(saved.flags(named: ["B", "A"], else: nil) == [named("B"), named("A")])
    #expect(saved.flags(named: ["B", "C"], else: [named("B", 2), named("C", 2)]) == [named("B"), named("C", 2)])
    #expect(saved.flags(named: ["A", "C"], else: nil) == nil)
    #expect(saved.flags(named: [], else: nil) == [])
  }

  @Test("A saved state is read as it was written, and no part of it is one")
  func state() throws {
    let saved = LastGood(
      source: "s", storeID: "i", savedAt: "t", localKill: LocalKill(by: "anna", hard: true, at: 0), flags: [flag()])
    let text = saved.text
    #expect(try LastGood(text: text, file: "f") == saved)
    for count in 0..<text.count {
      #expect(throws: LastGoodError.self) { try LastGood(text: Array(text.prefix(count)), file: "f") }
    }
    var edited = text
    for index in text.indices {
      edited[index] ^= 1
      #expect(throws: LastGoodError.self) { try LastGood(text: edited, file: "f") }
      edited[index] = text[index]
    }
    let foreign = #expect(throws: LastGoodError.self) { try LastGood(text: Array("{}\n{}\n{}".utf8), file: "f") }
    #expect(foreign?.description.contains("is not a saved state") == true)
    let torn = #expect(throws: LastGoodError.self) { try LastGood(text: text.dropLast(), file: "f") }
    #expect(torn?.description.contains("cut short") == true)
  }

  @Test("The trail of one flag passes over those of others, and counts a torn line only where it names the flag")
  func trail() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite("{\"F\": 10, \"G\": 10}")
    let file = FlagFile(folder.file())
    func line(_ name: String, _ revision: Int) -> String {
      let flag = Flag(name: name, percentage: .zero, revision: revision)
      return JSONText.line(AuditEntry(.set, before: nil, after: flag, by: "a", from: "t", reason: "\"F\"", at: 0))
    }
    let lines = [
      line("F", 1), #"{"flag":"F""#, line("G", 7), "{", line("F", 2), #"{"flag":"G""#, "FFFFF", line("G", 8), "\"F",
    ]
    try folder.overwrite(lines.joined(separator: "\n") + "\n", in: "flags.audit.jsonl")
    let trail = try file.audit(flag: "F", limit: 10)
    #expect(trail.entries.map(\.revision) == [2, 1])
    #expect(trail.unreadable == 1)
    let all = try file.audit(flag: nil, limit: 10)
    #expect(all.entries.map(\.revision) == [8, 2, 7, 1])
    #expect(all.unreadable == 5)
    #expect(try file.audit(flag: "G", limit: 1).entries.map(\.revision) == [8])
  }

  @Test("A change that was bound to a revision is made on that revision alone, and not where it changes nothing")
  func revision() throws {
    let folder = try TemporaryFolder()
    try folder.overwrite(#"{"F": {"percentage": 10, "revision": 4}}"#)
    let file = FlagFile(folder.file())
    let signature = Signature(by: "anna", from: "test", at: 0)
    func change(_ percentage: Double, _ revision: Int) throws -> [Int] {
      let (before, after) = try file.change(
        flag: "F", .set(try Percentage(percentage)), ifRevision: revision, signed: signature)
      return [before.revision, after.revision]
    }
    for revision in [3, 5] { #expect(throws: FlagStoreError.self) { try change(20, revision) } }
    #expect(try change(10, 4) == [4, 4])
    #expect(try change(20, 4) == [4, 5])
    #expect(try change(20, 5) == [5, 5])
  }
}

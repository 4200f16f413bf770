import FlagStore
import Flags
import Testing

@testable import turnout

@Suite struct LogReportTests {
  private static let before = Flag(name: "F", percentage: Percentage(threshold: 10_000) ?? .zero, revision: 3)

  private func entry(
    _ edit: FlagEdit, of before: Flag = Self.before, by: String = "anna@edge-1", reason: String? = nil
  ) -> AuditEntry {
    var after = edit.apply(to: before)
    after.revision += 1
    return AuditEntry(
      edit.action, before: before, after: after, by: by, from: "cli on edge-1, ssh from 10.0.0.7", reason: reason,
      users: nil, at: 1_772_357_400)
  }

  @Test("An entry says when, who, what, from where and why")
  func whole() {
    let trail = AuditTrail(entries: [entry(.set(.full), reason: "a quiet week at 50")], unreadable: 2)
    #expect(
      LogReport(trail: trail, store: "flags.json").text == """
        2026-03-01T09:30:00Z  anna@edge-1           10 % -> 100 %, revision 4
                              cli on edge-1, ssh from 10.0.0.7: "a quiet week at 50"
        note: skipped 2 unreadable lines of the trail

        """)
  }

  @Test("An impossible percentage is shown and crashes nothing", arguments: [1e300, -1, 1e19, 0.1])
  func anyNumber(_ number: Double) {
    var odd = entry(.set(.full))
    odd.after.percentage = number
    #expect(LogReport(trail: AuditTrail(entries: [odd], unreadable: 0), store: "flags.json").text.contains("10 % -> "))
  }

  @Test(
    "Every kind of change has a description",
    arguments: [
      (.set(.full), "10 % -> 100 %, revision 4"), (.kill(), "10 % -> KILLED, revision 4"),
      (.kill(hard: true), "10 % -> KILLED hard, revision 4"), (.allow(["a"]), "allow: 1 allowed, 0 denied, revision 4"),
      (.deny(["a", "b"]), "deny: 0 allowed, 2 denied, revision 4"),
      (.forget(["a"]), "forget: 0 allowed, 0 denied, revision 4"),
      (
        .replace(percentage: Percentage(threshold: 10_000) ?? .zero, allow: ["a"], deny: nil),
        "10 %, other lists or salt, revision 4"
      ),
    ] as [(FlagEdit, String)])
  func changes(edit: FlagEdit, text: String) {
    #expect(LogReport.change(entry(edit)) == text)
  }

  @Test("A new percentage of a killed flag is described as remembered, and a long change keeps its revision")
  func killed() {
    let killed = Flag(
      name: "F", isEnabled: false, percentage: Percentage(threshold: 12_345) ?? .zero, revision: 123_456)
    let change = entry(.set(.full), of: killed)
    #expect(LogReport.change(change) == "stays KILLED, 12.345 % -> 100 % remembered, revision 123457")
    let lines = LogReport(trail: AuditTrail(entries: [change]), store: "").text.split(separator: "\n")
    #expect(lines[1] == String(repeating: " ", count: 44) + "remembered, revision 123457")
    #expect(
      LogReport(trail: AuditTrail(entries: []), store: "f", flag: "G").text == "no changes of G are recorded for f\n")
  }

  @Test("Foreign text neither controls the terminal nor exceeds 80 columns")
  func hostile() {
    let long = String(repeating: "very ", count: 40) + String(repeating: "long", count: 40)
    let trail = AuditTrail(
      entries: [
        entry(.kill(), by: "\u{1B}[2J" + long, reason: long), entry(.restore, of: Flag(name: "G", percentage: .zero)),
      ])
    let text = LogReport(trail: trail, store: "").text
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(!text.contains("\u{1B}"))
    #expect(text.contains("F, cli on edge-1"))
    #expect(text.contains("G, cli on edge-1"))
  }
}

@Suite struct LargestStepTests {
  private func isExceeded(_ edit: FlagEdit, from percentage: Int, isEnabled: Bool = true) -> Bool {
    var flag = Flag(name: "F", percentage: Percentage(threshold: percentage) ?? .zero)
    flag.isEnabled = isEnabled
    let limit = Percentage(threshold: 50_000) ?? .zero
    return LargestStep(before: flag, after: edit.apply(to: flag), limit: limit).isExceeded
  }

  @Test("A step counts the users who move to unified")
  func steps() {
    #expect(!isExceeded(.set(.full), from: 50_000))
    #expect(isExceeded(.set(.full), from: 49_999))
    #expect(!isExceeded(.set(.zero), from: 100_000))
    #expect(!isExceeded(.set(.full), from: 0, isEnabled: false))
  }
}

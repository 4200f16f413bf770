import Conversations
import Flags
import Foundation
import Testing

@testable import turnout

@Suite("Reports of what a command counted")
struct TallyReportTests {
  private func isNarrow(_ text: String) -> Bool { text.split(separator: "\n").allSatisfy { $0.count <= 80 } }

  @Test("The reasons and the question fit 80 columns, whatever the flag and the address")
  func narrow() {
    let reason = String(repeating: "a reason of many words ", count: 9) + "https://" + String(repeating: "x", count: 99)
    let list = CleanupText.list([reason, "short"])
    #expect(isNarrow(list), "\(list)")
    #expect(list.hasPrefix("  - a reason"), "\(list)")
    #expect(list.hasSuffix("\n  - short\n"), "\(list)")
    #expect(list.replacing("\n    ", with: " ").contains(reason.prefix(200)))
    let question = CleanupText.question(.unified, .client, "rediss://operator:***@contexts.redis.internal:6380/12")
    #expect(isNarrow(question + " yes"), "\(question)")
    #expect(question.hasSuffix("[y/N]"), "\(question)")
    #expect(question.replacing("\n", with: " ").contains("contexts of role client from rediss://operator:***@"))
  }

  @Test("The file that lists contexts has a line of its own, and every report names its Redis")
  func listed() {
    var tally = MigrationTally()
    tally.unreadable = 3
    let file = "turnout-migrate-report-20260301T093000Z.jsonl"
    let report = TallyReport.migration(
      tally, redis: "redis://a:1/0", RunSummary(seconds: 1, isDry: false, isComplete: true, listedIn: file))
    #expect(isNarrow(report.text), "\(report.text)")
    #expect(report.text.hasSuffix("left unchanged\nListed in \(file)\n"), "\(report.text)")
    #expect(report.text.hasPrefix("In redis://a:1/0\n"))
  }

  @Test("The JSON members are those that programs know")
  func members() throws {
    func keys(_ report: TallyReport) throws -> String {
      let object = try JSONSerialization.jsonObject(with: Data(JSONOutput.line(report).utf8)) as? [String: Any]
      return try #require(object).keys.sorted().joined(separator: " ")
    }
    let run = RunSummary(seconds: 1, isDry: true, isComplete: false, listedIn: "f")
    #expect(
      try keys(.migration(MigrationTally(), redis: "r", run))
        == "complete dry_run gone live merged migrated outside present redis report seconds unreadable")
    #expect(
      try keys(.reverse(ReverseTally(), redis: "r", run))
        == "busy complete created dry_run expired lost messages outside outside_changed redis report seconds unchanged "
        + "unreadable written")
    #expect(
      try keys(.verification(VerifyTally(), redis: "r", RunSummary(seconds: 1, isComplete: true)))
        == "begun_on_unified complete differs erased expired legacy_gone legacy_since live_since misplaced not_migrated "
        + "outside redis same seconds unreadable")
    #expect(
      try keys(.cleanup(.legacy, redis: "r", isDry: false, [], CleanupTally()))
        == "dry_run layout objections redis tally")
    #expect(try keys(.restoration(DumpRestoration(replacing: false).tally, redis: "r", ["f"])) == "files redis tally")
    let flag = Flags.Flag(name: "F", percentage: .full)
    #expect(
      try keys(.killPreview(KillPreview.Losses(), redis: "r", flag, []))
        == "blocked commands flag killed messages messages_gone messages_kept redis tasks unreadable users users_losing"
    )
  }

  @Test("Rows that count nothing are hidden unless they are required, and notes wrap within 80 columns")
  func rows() {
    let report = TallyReport(
      redis: "r", heading: ["h"],
      rows: [
        .init(key: "a", label: "always", count: 0, isRequired: true), .init(key: "b", label: "hidden", count: 0),
        .init(key: "c", count: 7),
        .init(
          label: "long", count: 1_234_567, note: "a note that needs more than the forty-five columns that are left"),
      ])
    #expect(
      report.text == """
        In r
        h
          always                        0
          long                  1,234,567  a note that needs more than the forty-five
                                           columns that are left

        """)
  }
}

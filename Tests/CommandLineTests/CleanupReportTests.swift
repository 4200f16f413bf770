import Conversations
import Testing

@testable import turnout

@Suite("Reports of cleanup and migrate")
struct CleanupReportTests {
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
}

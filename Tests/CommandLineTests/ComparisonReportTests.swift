import Admin
import Testing

@testable import turnout

@Suite struct ComparisonReportTests {
  @Test("The report of a comparison that found harm")
  func harmful() {
    #expect(
      ComparisonReport(document: ComparisonFixture.harmful).text == """
        UNIFIED_CONVERSATION_ENABLED  10 %
        stage since 2026-03-01T07:35:00Z (2 h 5 min), revision 4, 3 proxies

        measure            legacy     unified   difference           interval  verdict
        requests          123,456      13,717
        users               9,012       1,001
        errors                148          74
        error rate         0.12 %      0.54 %     +0.42 pt     +0.18 to +0.66  HARMFUL
        slow > p95         5.00 %      5.12 %     +0.12 pt     -0.31 to +0.55  undecided
        slowest > p99      1.02 %      0.99 %     -0.03 pt     -0.41 to +0.35  safe
        mean              12.3 ms     14.8 ms      +2.5 ms       -1.2 to +6.2  safe
        p50               9.84 ms     11.8 ms      +2.0 ms
        p95               36.9 ms     44.4 ms      +7.5 ms
        p99               87.3 ms      105 ms       +18 ms
        conversations   0.032/req   0.030/req       -7.7 %      -15.0 to -0.4  safe
        slow: over 37.9 ms, slowest: over 88.3 ms (legacy's p95 and p99 of the last 15
          min, plus 1 ms)

        undecided: slow > p95: a difference of 0.81 pt would be detected, verdict in
          about 2 h at this traffic.
        harmful beyond: error rate +0.1 pt, slow > p95 +0.5 pt, slowest > p99 +0.5 pt,
          mean +100 ms, conversations -20 %.

        Unified's error rate is higher by 0.42 points (0.18 to 0.66): harmful. `turnout
        kill` rolls back.

        """)
  }

  @Test("Without traffic, the report has dashes and the reason")
  func empty() {
    let text = ComparisonReport(document: ComparisonFixture.empty).text
    #expect(text.contains("\nrequests                0           0\n"))
    #expect(text.contains("\nerror rate              -           -            -                     undecided\n"))
    #expect(text.contains("\np99                     -           -            -\n"))
    #expect(!text.contains("\nconversations  "))
    #expect(!text.contains("\nslow: over"))
    #expect(text.contains("error rate, slow > p95, slowest > p99, mean, conversations: in no\n"))
    #expect(text.hasSuffix("\nThere is nothing to compare yet.\n"))
  }

  @Test("A guardrail that the servers do not report is absent, with how to have it, and has no margin")
  func absent() {
    var document = ComparisonFixture.harmful
    (document.legacy.created, document.unified.created) = (0, 0)
    document.guardrails[4] = .init(name: "conversations_created", margin: 0.2, verdict: "absent")
    (document.guardrails[4].shortage, document.guardrails[4].advice) = ("not_reported", "Add a header.")
    let notes = ComparisonNotes(document: document).notes
    #expect(notes.contains("absent: conversations: Add a header."))
    #expect(!notes.contains { $0.hasPrefix("undecided") && $0.contains("conversations") })
    #expect(notes.last?.hasSuffix("mean +100 ms.") == true)
  }

  @Test("With any document, lines fit 80 columns, columns stay separate, and nothing controls the terminal")
  func extreme() {
    let text = ComparisonReport(document: ComparisonFixture.extreme).text
    let lines = text.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(text)")
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
    #expect(lines.contains { $0.hasPrefix("requests        1,000.0 G  18,446.7 P") }, "\(text)")
    #expect(lines[0].hasSuffix("~  KILLED, all go to legacy (99.999 % remembered)"))
    #expect(text.contains("6 stages (..., 10 %, killed, 30 %, 50 %, 75 %)"))
    #expect(text.contains("SPLIT IS OFF"))
  }

  @Test("Warnings come before all other notes")
  func doubts() {
    var document = ComparisonFixture.harmful
    document.sampleRatio = .init(expected: 0.1, seen: 0.142, p: 1e-7, checked: true, off: true)
    document.silentProxies = ["edge-2", "edge-3"]
    document.legacy.leftOut = 1_234
    document.legacy.usersExact = false
    let notes = ComparisonNotes(document: document)
    #expect(notes.warnings[0].hasPrefix("warning: SPLIT IS OFF: 14.20 % of users seen in unified, expected 10.00 %"))
    #expect(notes.warnings[1].hasPrefix("warning: silent proxies: edge-2, edge-3;"))
    #expect(notes.notes[0].hasPrefix("note: 1,234 requests of legacy and 0 of unified count only in"))
    let lines = ComparisonReport(document: document).text.split(separator: "\n")
    #expect(lines.contains("users              ~9,010       1,001"))
    #expect(lines[1].hasSuffix("3 proxies, 2 silent"))
    #expect(lines[1].count <= 80)
    #expect(ComparisonNotes(document: ComparisonFixture.harmful).warnings.isEmpty)
  }

  @Test("A small difference is shown with the decimals that its interval needs")
  func small() {
    var document = ComparisonFixture.harmful
    var state = document.guardrails[0]
    (state.legacy, state.unified) = (0.000_010, 0.000_095)
    (state.difference, state.lower, state.upper) = (0.000_085, 0.000_05, 0.000_12)
    document.guardrails[0] = state
    let row = ComparisonRow.all(document).first { $0.measure == .errorRate }
    #expect(row?.legacy == "0.0010 %")
    #expect(row?.unified == "0.0095 %")
    #expect(row?.difference == "+0.0085 pt")
    #expect(row?.interval == "+0.0050 to +0.0120")
  }

  @Test(
    "A narrow table loses the interval, then the difference, never the verdict",
    arguments: [
      (80, true, true), (79, true, false), (61, true, false), (60, false, false), (48, false, false),
      (40, false, false),
    ])
  func narrow(width: Int, difference: Bool, interval: Bool) {
    let table = ComparisonTable(width: width)
    #expect(table.heading.text.contains("difference") == difference)
    #expect(table.heading.text.contains("interval") == interval)
    for document in [ComparisonFixture.harmful, ComparisonFixture.extreme] {
      #expect(ComparisonRow.all(document).allSatisfy { table.line($0).count <= width })
    }
    let lines = ComparisonRow.all(ComparisonFixture.harmful).map { table.line($0).text }
    #expect(lines.contains { $0.hasPrefix("error rate") && $0.hasSuffix(" HARMFUL") })
    #expect(lines.contains { $0.hasPrefix("slow > p95 ") && $0.hasSuffix(" undecided") })
    #expect(lines.contains { $0.hasPrefix(width < 48 ? "slow > p99 " : "slowest > p99 ") && $0.hasSuffix(" safe") })
  }

  @Test("The exit status follows the verdict, but a split that is off is never safe")
  func statuses() {
    var document = ComparisonFixture.harmful
    #expect(Compare.status(document) == .harmful)
    document.verdict = "undecided"
    #expect(Compare.status(document) == .undecided)
    document.verdict = "something of a later version"
    #expect(Compare.status(document) == .undecided)
    document.verdict = "safe"
    #expect(Compare.status(document) == nil)
    document.sampleRatio.off = true
    #expect(Compare.status(document) == .undecided)
  }

  @Test("A query names the flag and the time")
  func query() {
    let query = ComparisonQuery(flag: "A.b", scope: .since(DurationArgument(.seconds(900))))
    #expect(query.path == "/api/v1/compare?since=15m&flag=A.b")
    #expect(ComparisonQuery(flag: nil, scope: .stage).path == "/api/v1/compare?since=stage")
  }
}

import Admin
import FlagStore
import Flags
import Testing

@testable import turnout

@Suite struct StatusReportTests {
  @Test("The report of a proxy at work")
  func atWork() {
    #expect(
      StatusReport(document: sample(), now: 1_772_358_000).text == """
        turnout 0.1.0, ready, up 2 h 30 min, generation 7
        pid 4242, 2 workers, listening on 127.0.0.1:8080

        UNIFIED_CONVERSATION_ENABLED  12.5 %
          revision 4, 2026-03-01T09:30:00Z (10 min ago) by anna@edge-1
          "quiet night"

        /srv/flags.json: in force, 3 reloads, 1 rejected change

        UNIFIED_CONVERSATION_ENABLED                                ms to first byte
          cohort      requests       5xx  errors  in flight     p50     p95     p99
          legacy        123456   <0.01 %       0          3    1.23    8.44     120
          unified         4031    0.12 %       7          0       -       -       -
            attempts: 12 could not connect, 6 timed out, 5 answered 5xx
            without a user key: 40 (0.99 %)

        connections: 12 open, 99 accepted, 0 pauses of accepting

        """)
  }

  @Test("Killed, rejected and draining cannot be overlooked, and nothing is wider than 80 columns")
  func inTrouble() {
    var document = sample()
    document.draining = true
    document.flags[0].enabled = false
    document.flags[0].allowCount = 2
    document.flags[0].denyCount = 1
    document.flagSource.valid = false
    document.flagSource.error = "flags.json:1:3: found 101, expected 0 to 100"
    document.flagSource.errorSince = "2026-03-01T09:39:00Z"
    document.ownAnswers = [
      .init(status: 503, reason: "no_server", count: 3), .init(status: 408, reason: "x", count: 0),
    ]
    let lines = StatusReport(document: document, now: 1_772_358_000).text.split(separator: "\n").map(String.init)
    #expect(lines.first == "turnout 0.1.0, DRAINING, up 2 h 30 min, generation 7")
    #expect(lines.contains("UNIFIED_CONVERSATION_ENABLED  KILLED, all go to legacy (12.5 % remembered)"))
    #expect(lines.contains("  2 users always unified, 1 user always legacy"))
    #expect(lines.contains("/srv/flags.json: REJECTED since 2026-03-01T09:39:00Z (1 min ago)"))
    #expect(lines.contains("  flags.json:1:3: found 101, expected 0 to 100"))
    #expect(lines.contains("  503 no_server                               3"))
    #expect(!lines.contains { $0.contains("408") })
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test("What outranks the flags comes before them, and the fleet is shown where there is one")
  func overridden() {
    var document = sample()
    document.flagSource.localKill = LocalKill(by: "anna@edge-1", reason: "fire", hard: true, at: 1_772_357_400)
    document.flagSource.storeLost = true
    let report = StatusReport(document: document, now: 1_772_358_000, fleet: [member("edge-1", 4)])
    let lines = report.text.split(separator: "\n").map(String.init)
    #expect(
      lines[2...5] == [
        "KILLED LOCALLY (hard) since 2026-03-01T09:30:00Z (10 min ago) by anna@edge-1", "  \"fire\"",
        "  everyone goes to legacy, whatever the flags say; end it: turnout restore --local",
        "STORE LOST: everyone goes to legacy until it is back",
      ])
    #expect(lines.contains { $0.hasPrefix("edge-1 ") && $0.hasSuffix(" 10 min ago") })
  }

  @Test("A proxy that decides by what it knew a while ago is warned of")
  func stale() {
    var document = sample()
    #expect(StaleWarning.text(document) == nil)
    document.flagSource.valid = false
    document.flagSource.error = "no answer"
    document.flagSource.staleSeconds = 12
    #expect(
      StaleWarning.text(document)
        == "warning: the proxy has not heard from the store for 12 s: no answer; it decides by revision 4")
  }

  @Test("Whether the store is away or what is in it is wrong are two things")
  func away() {
    var document = sample()
    document.flagSource.valid = false
    document.flagSource.error = "found banana"
    document.flagSource.staleSeconds = 3
    document.flagSource.away = false
    #expect(StaleWarning.text(document)?.contains("has refused what is in the store for 3 s: found banana") == true)
    #expect(StaleWarning.text(document, isBrief: true)?.contains("banana") == false)
    #expect(StatusReport(document: document, now: 0).text.contains(": REJECTED"))
    document.flagSource.away = true
    document.flagSource.error = String(repeating: "no answer ", count: 20)
    let lines = StatusReport(document: document, now: 0).text.split(separator: "\n")
    #expect(lines.contains { $0.hasSuffix(": AWAY") })
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test("Under a local kill the flag shows what the store has")
  func stored() {
    var flag = sample().flags[0]
    (flag.enabled, flag.storedEnabled) = (false, true)
    #expect(StatusReport.headline(of: flag).hasSuffix("  all go to legacy (the flag is at 12.5 %)"))
    flag.storedEnabled = false
    #expect(StatusReport.headline(of: flag).hasSuffix("  KILLED, all go to legacy (12.5 % remembered)"))
  }

  @Test("What others wrote cannot disturb the terminal")
  func hostileText() {
    var document = sample()
    document.flags[0].reason = "\u{1B}[2J\n"
    #expect(StatusReport(document: document, now: 0).text.contains(#""\u{1b}[2J\u{a}""#))
  }

  @Test("Numbers keep three digits that count, shares are never rounded to nothing")
  func numbers() {
    #expect(
      [0.1234, 9.994, 12.34, 123.4, 99_999].map { Column.number($0) } == ["0.12", "9.99", "12.3", "123", "99999"])
    #expect([nil, .nan, -1, .infinity, 1e300].map { Column.number($0) } == ["-", "-", "-", "-", "-"])
    #expect(Column.share(0, of: 0) == "-")
    #expect(Column.share(0, of: 5) == "0.00 %")
    #expect(Column.share(1, of: 1_000_000) == "<0.01 %")
    #expect(Column.share(1, of: 3) == "33.33 %")
    #expect(
      [0, 9_999_999, 12_345_678, .max].map { Column.count($0) } == [
        "0", "9999999", "12.3M", "18446744073709.6M",
      ])
    #expect(
      [-5, 59, 60, 3_600, 90_000].map { Column.duration(seconds: $0) } == [
        "0 s", "59 s", "1 min", "1 h 0 min", "1 d 1 h",
      ])
  }
}

func sample() -> StatusDocument {
  let flag = Flag(
    name: "UNIFIED_CONVERSATION_ENABLED", percentage: Percentage(threshold: 12_500) ?? .zero, revision: 4,
    updatedAt: "2026-03-01T09:30:00Z", updatedBy: "anna@edge-1", reason: "quiet night")
  var legacy = StatusDocument.CohortCounters(flag: flag.name, cohort: "legacy")
  legacy.requests = 123_456
  legacy.requestsByStatus = ["2xx": 123_451, "5xx": 5]
  legacy.inFlight = 3
  legacy.firstByteMilliseconds.p50 = 1.234
  legacy.firstByteMilliseconds.p95 = 8.44
  legacy.firstByteMilliseconds.p99 = 120.2
  var unified = StatusDocument.CohortCounters(flag: flag.name, cohort: "unified")
  unified.requests = 4_031
  unified.requestsByStatus = ["2xx": 4_026, "5xx": 5]
  unified.failed = 7
  unified.anonymous = 40
  unified.errors.connect = 12
  unified.errors.timeout = 6
  unified.errors.serverErrors = 5
  return StatusDocument(
    version: "0.1.0", pid: 4_242, startedAt: "2026-03-01T07:10:00Z", uptimeSeconds: 9_000, ready: true, draining: false,
    workers: 2, listen: ["127.0.0.1:8080"], generation: 7, flags: [StatusDocument.FlagState(flag)],
    flagSource: .init(path: "/srv/flags.json", valid: true, rejectedChanges: 1, reloads: 3),
    cohorts: [legacy, unified], ownAnswers: [], connections: .init(open: 12, accepted: 99, acceptPauses: 0))
}

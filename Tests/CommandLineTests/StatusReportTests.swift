import Admin
import FlagStore
import Flags
import Testing

@testable import turnout

@Suite struct StatusReportTests {
  @Test("The report of a healthy proxy")
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
          legacy       123,456   <0.01 %       0          3    1.23    8.44     120
          unified        4,031    0.12 %       7          0       -       -       -
            failed attempts: 12 could not connect, 6 timed out, 5 status 5xx
            without a user key: 40 (0.99 %)

        connections: 12 open, 99 accepted, accepting paused 0 times

        """)
  }

  @Test("Killed, rejected and draining are obvious, and lines fit 80 columns")
  func inTrouble() {
    var document = sample()
    document.draining = true
    document.flags[0].enabled = false
    document.flags[0].allowCount = 2
    document.flags[0].denyCount = 1
    document.flagSource.valid = false
    document.flagSource.error = "flags.json:1:3: found 101, expected 0 to 100"
    document.flagSource.errorSince = "2026-03-01T09:39:00Z"
    document.localResponses = [
      .init(status: 503, reason: "no_server", count: 3), .init(status: 408, reason: "x", count: 0),
    ]
    let lines = StatusReport(document: document, now: 1_772_358_000).text.split(separator: "\n").map(String.init)
    #expect(lines.first == "turnout 0.1.0, DRAINING, up 2 h 30 min, generation 7")
    #expect(lines.contains("UNIFIED_CONVERSATION_ENABLED  KILLED, all go to legacy (12.5 % remembered)"))
    #expect(lines.contains("  2 users always unified, 1 user always legacy"))
    #expect(lines.contains("/srv/flags.json: REJECTED since 2026-03-01T09:39:00Z (1 min ago)"))
    #expect(lines.contains("  flags.json:1:3: found 101, expected 0 to 100"))
    #expect(lines.contains("  503 no_server                                3"))
    #expect(!lines.contains { $0.contains("408") })
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test("Overrides come before the flags, and a fleet is listed")
  func overridden() {
    var document = sample()
    document.flagSource.localKill = LocalKill(by: "anna@edge-1", reason: "fire", hard: true, at: 1_772_357_400)
    document.flagSource.storeLost = true
    let report = StatusReport(document: document, now: 1_772_358_000, fleet: [member("edge-1", 4)])
    let lines = report.text.split(separator: "\n").map(String.init)
    #expect(
      lines[2...5] == [
        "KILLED LOCALLY (hard) since 2026-03-01T09:30:00Z (10 min ago) by anna@edge-1", "  \"fire\"",
        "  everyone goes to legacy, whatever the flags say; to end it: turnout restore --local",
        "STORE LOST: everyone goes to legacy until it is back",
      ])
    #expect(lines.contains { $0.hasPrefix("edge-1 ") && $0.hasSuffix(" 10 min ago") })
  }

  @Test("A proxy that decides by outdated flags causes a warning")
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

  @Test("A store that is away and a store with invalid contents are reported differently")
  func away() {
    var document = sample()
    document.flagSource.valid = false
    document.flagSource.error = "found banana"
    document.flagSource.staleSeconds = 3
    document.flagSource.away = false
    #expect(
      StaleWarning.text(document)?.contains("has rejected the contents of the store for 3 s: found banana") == true)
    #expect(StaleWarning.text(document, isBrief: true)?.contains("banana") == false)
    #expect(StatusReport(document: document, now: 0).text.contains(": REJECTED"))
    document.flagSource.away = true
    document.flagSource.error = String(repeating: "no answer ", count: 20)
    let lines = StatusReport(document: document, now: 0).text.split(separator: "\n")
    #expect(lines.contains { $0.hasSuffix(": AWAY") })
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test("During a local kill, the flag shows the state in the store")
  func stored() {
    var flag = sample().flags[0]
    (flag.enabled, flag.storedEnabled) = (false, true)
    #expect(StatusReport.headline(of: flag).hasSuffix("  all go to legacy (the flag is at 12.5 %)"))
    flag.storedEnabled = false
    #expect(StatusReport.headline(of: flag).hasSuffix("  KILLED, all go to legacy (12.5 % remembered)"))
  }

  @Test("Foreign text cannot control the terminal")
  func hostileText() {
    var document = sample()
    document.flags[0].reason = "\u{1B}[2J\n"
    #expect(StatusReport(document: document, now: 0).text.contains(#""\u{1b}[2J\u{a}""#))
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
    cohorts: [legacy, unified], localResponses: [], connections: .init(open: 12, accepted: 99, acceptPauses: 0))
}

import Dispatch
import Flags
import JSON
import Statistics
import TestSupport
import Testing

@testable import Admin
@testable import CohortWindows

@Suite struct HistoryTests {
  @Test(
    "A query is read, and each parameter has a default",
    arguments: [
      ("", nil, nil, 60, nil), ("since=stage", nil, nil, 60, nil), ("since=15m&flag=A", "A", 900, 60, nil),
      ("since=900s", nil, 900, 60, nil), ("since=2h", nil, 7_200, 60, nil), ("since=7d", nil, 604_800, 60, nil),
      ("since=168h", nil, 604_800, 60, nil), ("resolution=1&from=1767225600.5", nil, nil, 1, 1_767_225_600.5),
      ("other=x&flag=UNIFIED%5FX", "UNIFIED_X", nil, 60, nil), ("from=0", nil, nil, 60, 0),
    ] as [(String, String?, Int?, Int, Double?)])
  func query(text: String, flag: String?, since: Int?, resolution: Int, from: Double?) throws {
    let query = try HistoryQuery(text)
    #expect(query.flag == flag)
    #expect(query.sinceSeconds == since)
    #expect(query.resolution == resolution)
    #expect(query.from == from)
  }

  @Test(
    "Anything else is refused, and the response says what was expected",
    arguments: [
      "since=", "since=15", "since=m", "since=0s", "since=-1m", "since=01m", "since=169h", "since=8d", "since=1w",
      "since=99999999999999999999s", "since=15m&since=15m", "resolution=2", "resolution=", "from=x", "from=-1",
      "from=1e5", "from=", "from=.", "from=1.", "from=123456789012", "flag=", "flag=a%20b", "since=٣m",
    ])
  func refused(text: String) throws {
    let answer = try Fixture().ask("GET /api/v1/compare?\(text)", history: true)
    #expect(answer.status == 400, "\(answer.text)")
    #expect(answer.text.contains("\"error\":"), "\(answer.text)")
  }

  @Test("Without windows the paths answer 503, and an unknown flag 404 with the flags in use")
  func refusals() throws {
    for path in ["compare", "windows"] {
      #expect(try Fixture().ask("GET /api/v1/\(path)").status == 503)
      let unknown = try Fixture().ask("GET /api/v1/\(path)?flag=OTHER", history: true)
      #expect(unknown.status == 404)
      #expect(unknown.text.contains(Fixture.flagName))
      #expect(try Fixture().ask("GET /api/v1/\(path)", history: true).status == 200)
    }
  }

  /// `errors` of 1000 requests of each of the users.
  private func part(_ percentage: Double, legacyErrors: UInt64 = 0, unifiedErrors: UInt64 = 0, users: Int = 1_024)
    throws
    -> PeriodTotals.Part
  {
    var tally = Tally()
    for (number, cohort) in [\Tally.legacy, \Tally.unified].enumerated() {
      let errors = number == 0 ? legacyErrors : unifiedErrors
      let inCohort = Int(Double(users) * (number == 0 ? 100 - percentage : percentage) / 100)
      for user in 0..<inCohort {
        let count: UInt64 = 200
        tally[keyPath: cohort].clusters[user % 1_024, .requests] += count
        tally[keyPath: cohort].clusters[user % 1_024, .judged] += count
        tally[keyPath: cohort].clusters[user % 1_024, .slow] += 10
        tally[keyPath: cohort].clusters[user % 1_024, .slowest] += 2
        tally[keyPath: cohort].clusters[user % 1_024, .created] += 50
        tally[keyPath: cohort].clusters[user % 1_024, .errors] += user % 10 == 0 ? errors : 0
        tally[keyPath: cohort].clusters[user % 1_024, .nanoseconds] += count * 20_000_000
        for _ in 0..<count { tally[keyPath: cohort].durations.record(nanoseconds: 20_000_000) }
        tally.users.insert(hash: UInt32(number * 500_000 + user), cohort: number)
      }
    }
    let flag = Flag(name: Fixture.flagName, isEnabled: true, percentage: try Percentage(percentage), revision: 4)
    return PeriodTotals.Part(
      stage: Stage(split: Split(flag), from: 1_767_225_600_000, revision: 4, isSeen: true), from: 1_767_225_600_000,
      tally: tally)
  }

  private func document(
    _ parts: [PeriodTotals.Part], isEnabled: Bool = true, name: String = Fixture.flagName, isKilledLocally: Bool = false
  ) throws -> ComparisonDocument {
    let flag = Flag(
      name: name, isEnabled: isEnabled, percentage: parts[parts.count - 1].stage.split.percentage,
      revision: 4)
    let measured = PeriodTotals(
      flag: flag, from: 1_767_225_600_000, to: 1_767_229_200_000, parts: parts, proxies: 2, silentProxies: ["edge-3"])
    return ComparisonDocument(measured, .stage, GuardrailSettings(), isKilledLocally: isKilledLocally)
  }

  @Test("The document has the figures of both cohorts")
  func figures() throws {
    var part = try part(50, unifiedErrors: 100)
    part.tally.legacy.leftOut = 7
    let document = try document([part])
    #expect(document.from == "2026-01-01T00:00:00Z")
    #expect(document.to == "2026-01-01T01:00:00Z")
    #expect(document.seconds == 3_600)
    #expect(document.legacy.requests == 512 * 200 + 7)
    #expect(document.legacy.leftOut == 7)
    #expect(document.legacy.users == 512)
    #expect(document.unified.errors == 52 * 100)
    #expect(document.unified.errorRate == 5_200.0 / 102_400)
    #expect(document.legacy.errorRate == 0)
    #expect(document.legacy.slowShare == 0.05)
    #expect(document.legacy.created == 25_600)
    #expect(document.legacy.slowestShare == 0.01)
    #expect(document.unified.slowestShare == 0.01)
    #expect(abs((document.legacy.p95 ?? 0) - 20) < 0.2)
    #expect(document.legacy.mean == 20)
    #expect(document.stages.count == 1)
    #expect(document.proxies == 2)
    #expect(document.silentProxies == ["edge-3"])
    #expect(document.guardrails.map(\.name) == Measure.allCases.map(\.rawValue))
    #expect(document.guardrails[3].margin == 100)
    #expect(document.guardrails[3].legacy == 20)
    #expect(document.sampleRatio.seen == 0.5)
    #expect(document.sampleRatio.expected == 0.5)
    #expect(!document.sampleRatio.off)
  }

  private func text(of document: ComparisonDocument) -> String {
    String(decoding: JSONText.body(document), as: UTF8.self)
  }

  @Test("The document has the latency thresholds in force, in milliseconds, and leaves them out before there are any")
  func thresholds() throws {
    let part = try part(50)
    let flag = Flag(name: Fixture.flagName, isEnabled: true, percentage: part.stage.split.percentage, revision: 4)
    var measured = PeriodTotals(flag: flag, from: 0, to: 1_000, parts: [part], proxies: 1, silentProxies: [])
    let without = ComparisonDocument(measured, .stage, GuardrailSettings())
    #expect(without.slow == nil)
    #expect(without.slowest == nil)
    #expect(!String(decoding: JSONText.body(without), as: UTF8.self).contains("slow_ms"))
    measured.thresholds = LatencyThresholds(slow: 36_900_000, slowest: 87_300_000)
    let text = String(
      decoding: JSONText.body(ComparisonDocument(measured, .stage, GuardrailSettings())), as: UTF8.self)
    #expect(text.contains(#""slow_ms":36.9"#), "\(text)")
    #expect(text.contains(#""slowest_ms":87.3"#), "\(text)")
  }

  @Test("A harmful comparison states the difference, its bounds and what to do")
  func harm() throws {
    let document = try document([try part(50, unifiedErrors: 100)])
    #expect(document.verdict == "harmful")
    #expect(document.sentence.hasPrefix("Unified's error rate is higher by 5.08 points ("))
    #expect(document.sentence.hasSuffix("): harmful. `turnout kill` rolls back."))
  }

  @Test("Without a difference a comparison is safe, or states what is missing")
  func noHarm() throws {
    let equal = try document([try part(50)])
    #expect(equal.verdict == "safe")
    #expect(equal.sentence == "No difference beyond the margins: safe to go on.")
    let few = try document([try part(50, users: 2)])
    #expect(
      few.sentence == "Undecided: too few users so far; each cohort needs about 20.", "\(few.sentence)")
    let none = try document([try part(50, users: 0)])
    #expect(none.sentence == "Undecided: no requests so far.")
    var keyless = try part(50, users: 0)
    keyless.tally.legacy.leftOut = 2_000
    let left = try document([keyless])
    #expect(left.sentence.hasPrefix("Undecided: none of 2,000 requests can be compared, because none has a user key"))
    #expect(left.sentence.contains("`user_key` in turnout.yaml"))
    let never = try document([try part(50, unifiedErrors: 2, users: 60)])
    #expect(
      never.sentence.hasSuffix("at the present difference, no amount of traffic brings a verdict on the error rate."))
    let short = try document([try part(50, unifiedErrors: 5, users: 60)])
    #expect(short.verdict == "undecided")
    #expect(short.sentence.hasPrefix("Undecided: 12,000 requests so far show differences of "), "\(short.sentence)")
    #expect(short.sentence.contains("a verdict on "))
    #expect(short.sentence.hasSuffix(" more at this traffic."))
  }

  @Test("A wrong split replaces the verdict")
  func splitIsOff() throws {
    var part = try part(50)
    part.tally.users = UserSample()
    for user in 0..<900 as Range<UInt32> { part.tally.users.insert(hash: user, cohort: user % 10 == 0 ? 1 : 0) }
    let document = try document([part])
    #expect(document.sampleRatio.off)
    #expect(document.verdict == "undecided")
    #expect(
      document.sentence.hasPrefix("The split is off: 10 % of the users seen are in unified, 50 % expected."))
  }

  @Test(
    "When everyone goes to one cohort there is nothing to compare", arguments: [(0.0, true), (100, true), (10, false)])
  func oneSided(percentage: Double, isEnabled: Bool) throws {
    var part = try part(percentage)
    part.stage.split.isEnabled = isEnabled
    let document = try document([part], isEnabled: isEnabled)
    #expect(document.verdict == "undecided")
    #expect(document.sentence.contains("there is nothing to compare."))
    #expect(document.sentence.contains(isEnabled ? "at \(Int(percentage)) %" : "is killed"))
    #expect(isEnabled || document.sentence.contains("`turnout compare --since 15m`"))
    let local = try self.document([part], isEnabled: false, isKilledLocally: true)
    #expect(local.sentence.contains("`turnout restore --local`"))
  }

  @Test("The way back names a flag that is not the standard one, and says when the flag is already killed")
  func wayBack() throws {
    let harmful = try part(50, unifiedErrors: 100)
    #expect(try document([harmful], name: "CHECKOUT").sentence.hasSuffix("`turnout kill --flag CHECKOUT` rolls back."))
    #expect(try document([harmful], isEnabled: false).sentence.hasSuffix("harmful. The flag is already killed."))
  }

  @Test("Other requests are answered while a long query runs")
  func longQuery() throws {
    let fixture = try Fixture()
    let held = DispatchSemaphore(value: 0)
    var view = fixture.view
    view.history = HistoryView(
      comparison: { _, _ in
        held.wait()
        return Fixture.comparison
      }, windows: { _, _, _ in nil })
    let server = try AdminServer.start(host: "127.0.0.1", port: 0, view: view)
    let asking = try WireClient(port: server.port)
    asking.send("GET /api/v1/compare HTTP/1.1\r\nHost: localhost\r\n\r\n")
    for path in ["/healthz", "/metrics", "/api/v1/status"] {
      let other = try WireClient(port: server.port)
      other.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
      #expect(try other.response().status == 200)
    }
    held.signal()
    #expect(try asking.response().status == 200)
    server.stop()
    server.join()
  }

  @Test("Windows and marks have times in seconds and latencies in milliseconds")
  func chart() throws {
    var tally = Tally()
    tally.unified.clusters[3, .requests] = 2
    tally.unified.clusters[3, .errors] = 1
    tally.unified.durations.record(nanoseconds: 20_000_000)
    let mark = Mark(
      at: 1_767_225_600_250, revision: 2, isEnabled: true, percentage: try Percentage(12.5), by: "anna", reason: nil,
      isLocal: true)
    let window = ChartWindows.Window(from: 1_767_225_600_000, milliseconds: 1_000, tally: LightTally(tally))
    let document = WindowsDocument(
      ChartWindows(flag: "A", windows: [window], marks: [mark], isFleet: true), resolution: 60)
    #expect(document.windows[0].at == 1_767_225_600)
    #expect(document.windows[0].seconds == 1)
    #expect(document.windows[0].unified.requests == 2)
    #expect(document.windows[0].unified.errors == 1)
    #expect(document.windows[0].legacy.p50 == nil)
    #expect(abs((document.windows[0].unified.p99 ?? 0) - 20) < 0.2)
    #expect(document.marks[0].at == 1_767_225_600.25)
    #expect(document.marks[0].percentage == 12.5)
    #expect(document.marks[0].local)
  }
}

extension Fixture {
  /// Over windows in which nothing was counted yet.
  func ask(_ line: String, history: Bool) throws -> WireResponse {
    var view = view
    view.history = HistoryView(
      comparison: { flag, _ in flag == nil || flag == Self.flagName ? Self.comparison : nil },
      windows: { flag, resolution, _ in
        guard flag == nil || flag == Self.flagName else { return nil }
        return WindowsDocument(flag: Self.flagName, resolution: resolution, fleet: false, windows: [], marks: [])
      })
    let server = try AdminServer.start(host: "127.0.0.1", port: 0, view: view)
    defer {
      server.stop()
      server.join()
    }
    let client = try WireClient(port: server.port)
    client.send("\(line) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    return try client.response()
  }

  fileprivate static let comparison = ComparisonDocument(
    flag: flagName, enabled: true, percentage: 10, revision: 1, scope: "stage", from: "", to: "", seconds: 1,
    stages: [],
    proxies: 1, silentProxies: [], legacy: ComparisonDocument.Figures(), unified: ComparisonDocument.Figures(),
    guardrails: [], sampleRatio: ComparisonDocument.Ratio(expected: 0.1, seen: nil, p: nil, checked: false, off: false),
    verdict: "undecided", sentence: "")
}

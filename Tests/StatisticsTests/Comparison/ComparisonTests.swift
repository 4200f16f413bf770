import Statistics
import Testing

@Suite struct ComparisonTests {
  /// One cohort: so much of each in every cluster, errors in every second one only.
  struct Side: Sendable {
    var clusters = 200
    var requests: UInt64 = 100
    var errors: UInt64 = 0
    var slow: UInt64 = 5
    var slowest: UInt64 = 1
    var created: UInt64 = 10
    var milliseconds: UInt64 = 80
    var isJudged = true

    var tally: CohortTally {
      var tally = CohortTally()
      for cluster in 0..<clusters {
        tally.clusters[cluster, .requests] = requests
        tally.clusters[cluster, .judged] = isJudged ? requests : 0
        tally.clusters[cluster, .errors] = cluster % 2 == 0 ? errors : 0
        tally.clusters[cluster, .slow] = isJudged ? slow : 0
        tally.clusters[cluster, .slowest] = isJudged ? slowest : 0
        tally.clusters[cluster, .created] = created
        // Durations vary by a tenth up and down.
        for sign in [-1, 1] {
          let part = UInt64(Int(milliseconds) * 100_000 * (10 + sign))
          tally.clusters[cluster, .nanoseconds] += part * (requests / 2)
          tally.durations.record(nanoseconds: part)
        }
      }
      return tally
    }
  }

  private func stratum(_ legacy: Side, _ unified: Side, share: Double = 0.5) -> Stratum {
    var tally = Tally()
    tally.legacy = legacy.tally
    tally.unified = unified.tally
    return Stratum(share: share, tally: tally)
  }

  private func compare(_ legacy: Side, _ unified: Side, share: Double = 0.5) -> Comparison {
    Comparison.of(strata: [stratum(legacy, unified, share: share)], settings: .init(), elapsedSeconds: 600)
  }

  /// Enough traffic that the margins are wide beside the intervals.
  private static let busy = Side(
    clusters: 1_000, requests: 20_000, errors: 4, slow: 1_000, slowest: 200, created: 2_000)

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let change: @Sendable (inout Side) -> Void
    let verdicts: [Verdict]
    let overall: Verdict
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "equal", change: { _ in }, verdicts: [.safe, .safe, .safe, .safe, .safe], overall: .safe),
    Case(
      name: "0.5 points more errors", change: { $0.errors += 200 }, verdicts: [.harmful, .safe, .safe, .safe, .safe],
      overall: .harmful),
    Case(
      name: "2 points more slow ones", change: { $0.slow += 400 }, verdicts: [.safe, .harmful, .safe, .safe, .safe],
      overall: .harmful),
    Case(
      name: "1 point more of the slowest, no more slow ones", change: { $0.slowest += 200 },
      verdicts: [.safe, .safe, .harmful, .safe, .safe], overall: .harmful),
    Case(
      name: "150 ms longer", change: { $0.milliseconds += 150 }, verdicts: [.safe, .safe, .safe, .harmful, .safe],
      overall: .harmful),
    Case(
      name: "30 % fewer conversations", change: { $0.created = 1_400 },
      verdicts: [.safe, .safe, .safe, .safe, .harmful],
      overall: .harmful),
    Case(
      name: "better in everything",
      change: {
        $0 = Side(
          clusters: 1_000, requests: 20_000, errors: 0, slow: 100, slowest: 10, created: 4_000, milliseconds: 20)
      },
      verdicts: [.safe, .safe, .safe, .safe, .safe], overall: .safe),
    Case(
      name: "as many errors more as the margin allows", change: { $0.errors += 40 },
      verdicts: [.undecided, .safe, .safe, .safe, .safe], overall: .undecided),
  ]

  @Test("Each guardrail is judged by its own measure, and all of them together", arguments: cases)
  func verdicts(example: Case) {
    var unified = Self.busy
    example.change(&unified)
    let comparison = compare(Self.busy, unified)
    #expect(comparison.assessments.map(\.measure) == Measure.allCases)
    #expect(comparison.assessments.map(\.verdict) == example.verdicts)
    #expect(comparison.verdict == example.overall)
    for assessment in comparison.assessments { isConsistent(assessment) }
  }

  /// The verdict is the one that whoever sees the interval and the margin would give.
  private func isConsistent(_ assessment: Assessment) {
    guard let lower = assessment.lower, let upper = assessment.upper, let difference = assessment.difference else {
      #expect(assessment.verdict == .undecided)
      return
    }
    #expect(lower < difference)
    #expect(difference < upper)
    let falls = assessment.measure == .conversationsCreated
    let beyond = falls ? upper < -assessment.margin : lower > assessment.margin
    let within = falls ? lower > -assessment.margin : upper < assessment.margin
    #expect(assessment.verdict == (beyond ? .harmful : within ? .safe : .undecided))
    #expect((assessment.detectable ?? 0) > assessment.margin)
    if assessment.verdict != .undecided { #expect(assessment.secondsToVerdict == nil) }
  }

  @Test("Values and difference are those of the tables")
  func values() {
    let legacy = Side(errors: 2, created: 10)
    let unified = Side(errors: 6, created: 9, milliseconds: 90)
    let all = compare(legacy, unified).assessments
    #expect(all.map(\.legacy) == [0.01, 0.05, 0.01, 80e6, 0.1])
    #expect(isClose(all[0].difference ?? 0, 0.02))
    #expect(all[1].difference == 0)
    #expect(all[2].difference == 0)
    #expect(all[3].difference == 10e6)
    #expect(isClose(all[4].difference ?? 0, -0.1))
  }

  @Test("Too little traffic is undecided and says what is missing, however bad it looks")
  func shortages() {
    let bad = { (clusters: Int, requests: UInt64) in Side(clusters: clusters, requests: requests, errors: requests) }
    let plenty = Side()
    let table: [(legacy: Side, unified: Side, shortage: Shortage?)] = [
      (plenty, bad(19, 100), .fewUsers), (plenty, bad(20, 8), .fewRequests), (plenty, bad(0, 0), .oneCohortOnly),
      (bad(0, 0), plenty, .oneCohortOnly), (plenty, bad(20, 10), nil),
    ]
    for row in table {
      let errors = compare(row.legacy, row.unified).assessments[0]
      #expect(errors.shortage == row.shortage)
      #expect((errors.lower == nil) == (row.shortage != nil))
      if row.shortage != nil { #expect(errors.verdict == .undecided && errors.secondsToVerdict == nil) }
    }
  }

  @Test("Nothing at all is undecided and does not trap")
  func nothing() {
    for strata in [[], [Stratum(share: 0.1, tally: Tally())]] {
      let comparison = Comparison.of(strata: strata, settings: .init(), elapsedSeconds: 0)
      #expect(comparison.verdict == .undecided)
      #expect(comparison.assessments.allSatisfy { $0.shortage == .oneCohortOnly && $0.legacy == nil })
    }
  }

  @Test("One cohort alone shows its values and no difference")
  func oneCohort() {
    let errors = compare(Side(errors: 2), Side(clusters: 0)).assessments[0]
    #expect(errors.legacy == 0.01)
    #expect(errors.unified == nil)
    #expect(errors.difference == nil)
  }

  @Test("Where no server reports new conversations that guardrail is absent, and the rest may be safe")
  func notReported() {
    var silent = Self.busy
    silent.created = 0
    let created = compare(silent, silent)
    #expect(created.assessments[4].shortage == .notReported)
    #expect(created.assessments.map(\.verdict) == [.safe, .safe, .safe, .safe, .absent])
    #expect(created.verdict == .safe)
    var few = silent
    (few.clusters, few.requests) = (40, 4)
    let early = compare(silent, few).assessments[4]
    #expect(early.verdict == .undecided)
    #expect(early.shortage == .fewRequests)
  }

  @Test(
    "A report of either cohort in any stage of the time keeps the guardrail, also where the stages compared have none")
  func reportedOnce() {
    var silent = Self.busy
    silent.created = 0
    let quiet = stratum(silent, silent)
    for other in [stratum(Self.busy, Side(clusters: 0), share: 0), stratum(Side(clusters: 0), Self.busy, share: 1)] {
      let created = Comparison.of(strata: [other, quiet], settings: .init(), elapsedSeconds: 60).assessments[4]
      #expect(created.verdict == .undecided)
      #expect(created.shortage == .nothingMeasured)
    }
  }

  @Test("Without a reference for slow requests nothing is safe")
  func nothingMeasured() {
    var unjudged = Self.busy
    unjudged.isJudged = false
    let slow = compare(unjudged, unjudged)
    for assessment in slow.assessments[1...2] {
      #expect(assessment.shortage == .nothingMeasured)
      #expect(assessment.legacy == nil)
    }
    #expect(slow.verdict == .undecided)
  }

  @Test("If unified alone creates no conversation, that is harmful")
  func noneCreated() {
    var none = Self.busy
    none.created = 0
    #expect(compare(Self.busy, none).verdict == .harmful)
    #expect(compare(none, Self.busy).assessments[4].shortage == .nothingMeasured)
  }

  @Test("Where the split itself is off nothing is called safe")
  func splitIsOff() {
    var stratum = stratum(Self.busy, Self.busy)
    for hash in 0..<1_000 as Range<UInt32> { stratum.tally.users.insert(hash: hash, cohort: hash < 700 ? 0 : 1) }
    let comparison = Comparison.of(strata: [stratum], settings: .init(), elapsedSeconds: 600)
    #expect(comparison.sampleRatio.isOff)
    #expect(comparison.assessments.allSatisfy { $0.verdict == .safe })
    #expect(comparison.verdict == .undecided)
  }

  @Test("Stages with different crowds are compared each within itself")
  func simpson() {
    // Errors are 1 % at first and 3 % later, in both cohorts; pooled, unified would have 2.8 % against legacy's 1.4 %.
    let monday = stratum(Side(requests: 900, errors: 18), Side(requests: 100, errors: 2), share: 0.1)
    let friday = stratum(Side(requests: 200, errors: 12), Side(requests: 900, errors: 54), share: 0.8)
    let errors = Comparison.of(strata: [monday, friday], settings: .init(), elapsedSeconds: 60).assessments[0]
    #expect(abs(errors.difference ?? 1) < 1e-12)
    #expect(isClose(errors.legacy ?? 0, errors.unified ?? 1))
  }

  @Test("Stages of 0 % and 100 %, and those with one cohort, add nothing")
  func uselessStages() {
    let useful = stratum(Side(errors: 2), Side(errors: 4))
    let others = [
      stratum(Side(), Side(clusters: 0)), stratum(Side(), Side(clusters: 30, errors: 100), share: 0),
      stratum(Side(clusters: 3), Side(), share: 1),
    ]
    let alone = Comparison.of(strata: [useful], settings: .init(), elapsedSeconds: 60)
    let together = Comparison.of(strata: others + [useful], settings: .init(), elapsedSeconds: 60)
    #expect(together.assessments == alone.assessments)
  }

  @Test("A stage that is cut in two parts with the same users is the stage as a whole")
  func cutStage() throws {
    let part = stratum(Side(errors: 2), Side(errors: 4))
    var whole = part
    whole.tally.merge(part.tally)
    let cut = Comparison.of(strata: [part, part], settings: .init(), elapsedSeconds: 60).assessments
    let one = Comparison.of(strata: [whole], settings: .init(), elapsedSeconds: 60).assessments
    for (cut, one) in zip(cut, one) {
      #expect(isClose(try #require(cut.lower), try #require(one.lower), within: 1e-3))
      #expect(isClose(try #require(cut.upper), try #require(one.upper), within: 1e-3))
    }
  }

  @Test("The time to a verdict is that of as much more traffic, from as many more users, as the interval needs")
  func timeToVerdict() throws {
    var settings = GuardrailSettings()
    settings.errorMargin = 0.022
    func errors(clusters: Double) -> Assessment {
      let side = Side(clusters: Int(clusters), errors: 10)
      return Comparison.of(strata: [stratum(side, side)], settings: settings, elapsedSeconds: 600).assessments[0]
    }
    let early = errors(clusters: 60)
    #expect(early.verdict == .undecided)
    let seconds = try #require(early.secondsToVerdict)
    let enough = 60 * (1 + seconds / 600)
    #expect(enough > 90)
    #expect(enough < 900)
    #expect(errors(clusters: enough * 0.9).verdict == .undecided)
    #expect(errors(clusters: enough * 1.1).verdict == .safe)
  }
}

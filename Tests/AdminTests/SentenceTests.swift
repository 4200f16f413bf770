import Flags
import Statistics
import Testing

@testable import Admin

@Suite("The sentence of a comparison")
struct SentenceTests {
  private func assessment(
    _ measure: Measure, _ verdict: Verdict = .undecided, _ change: (inout Assessment) -> Void = { _ in }
  ) -> Assessment {
    var assessment = Assessment(measure, margin: 1)
    assessment.verdict = verdict
    change(&assessment)
    return assessment
  }

  private func harm(_ measure: Measure, _ difference: Double, _ lower: Double, _ upper: Double) -> Assessment {
    assessment(measure, .harmful) { ($0.difference, $0.lower, $0.upper) = (difference, lower, upper) }
  }

  private func stratum(legacy: UInt64 = 0, unified: UInt64 = 0, leftOut: UInt64 = 0, share: Double = 0.5) -> Stratum {
    var tally = Tally()
    tally.legacy.clusters[0, .requests] = legacy
    tally.unified.clusters[0, .requests] = unified
    tally.legacy.leftOut = leftOut
    return Stratum(share: share, tally: tally)
  }

  private func sentence(
    _ assessments: [Assessment], _ strata: [Stratum]? = nil, flag: Flag? = nil, ratio: SampleRatio? = nil,
    isKilledLocally: Bool? = nil
  ) throws -> String {
    let flag = try flag ?? Flag(name: Flag.standardName, percentage: Percentage(50))
    let ratio = ratio ?? SampleRatio(legacy: 1, unified: 1, expected: 0.5, p: 1, isChecked: false, isOff: false)
    let (strata, settings) = (strata ?? [stratum(legacy: 1_500, unified: 500)], GuardrailSettings())
    let comparison = Comparison(assessments: assessments, sampleRatio: ratio)
    guard let isKilledLocally else { return ComparisonSentence(flag, strata, comparison, settings).text }
    return ComparisonSentence(flag, strata, comparison, settings, isKilledLocally: isKilledLocally).text
  }

  @Test("One harm is a sentence, two are joined by and, three by a comma first")
  func list() throws {
    let back = ": harmful. `turnout kill` rolls back."
    let errors = harm(.errorRate, 0.0042, 0.0018, 0.0066)
    let latency = harm(.meanLatency, 120_000_000, 100_000_000, 140_000_000)
    let slow = harm(.slowRequests, 0.02, 0.01, 0.03)
    let first = "Unified's error rate is higher by 0.42 points (0.18 to 0.66)"
    let (second, third) = (
      "mean latency is higher by 120 ms (100 to 140)", "share of slow requests is higher by 2 points (1 to 3)"
    )
    #expect(try sentence([errors]) == first + back)
    #expect(try sentence([errors, latency]) == first + " and its " + second + back)
    #expect(try sentence([errors, latency, slow]) == first + ", its " + second + " and its " + third + back)
  }

  @Test("Fewer conversations are a loss: lower by as much, the smaller bound first")
  func lower() throws {
    #expect(
      try sentence([harm(.conversationsCreated, -0.3, -0.35, -0.25)])
        == "Unified's rate of conversations created is lower by 30 % (25 to 35): harmful. `turnout kill` rolls back.")
  }

  @Test("A flag that is killed is killed, on this proxy only where that is said")
  func killed() throws {
    let (harm, flag) = (harm(.errorRate, 1, 1, 1), Flag(name: "F", isEnabled: false, percentage: .full))
    #expect(try sentence([harm], flag: flag).hasSuffix("The flag is already killed."))
    #expect(try sentence([harm], flag: flag, isKilledLocally: false).hasSuffix("The flag is already killed."))
    #expect(
      try sentence([harm], flag: flag, isKilledLocally: true).hasSuffix("The flag is already killed on this proxy."))
  }

  @Test(
    "Of a wrong split two digits are shown: below a tenth with one more decimal",
    arguments: [
      (900, 100, "10 %"), (8_766, 1_234, "12.3 %"), (9_877, 123, "1.23 %"), (0, 0, "0 %"), (0, 3, "100 %"),
    ])
  func split(legacy: Int, unified: Int, percent: String) throws {
    let ratio = SampleRatio(legacy: legacy, unified: unified, expected: 0.5, p: 0, isChecked: true, isOff: true)
    #expect(
      try sentence([assessment(.errorRate, .safe)], ratio: ratio)
        .hasPrefix("The split is off: \(percent) of the users seen are in unified, 50 % expected."))
  }

  @Test("Where all go to one side the sentence says to which, and who does not")
  func oneSided() throws {
    func text(_ flag: Flag, isKilledLocally: Bool = false) throws -> String {
      try sentence([], [stratum(share: 0)], flag: flag, isKilledLocally: isKilledLocally)
    }
    let (full, none) = (Flag(name: "F", percentage: .full), Flag(name: "F", percentage: .zero))
    #expect(try text(full) == "The flag is at 100 % and everyone goes to unified: there is nothing to compare.")
    #expect(try text(none) == "The flag is at 0 % and everyone goes to legacy: there is nothing to compare.")
    let listed = { (flag: Flag) in
      Flag(name: flag.name, percentage: flag.percentage, allow: ["a", "b"], deny: ["d", "e", "f"])
    }
    #expect(try text(listed(full)).contains("everyone except 3 listed users goes to unified"))
    #expect(try text(listed(none)).contains("everyone except 2 listed users goes to legacy"))
    #expect(try text(Flag(name: "F", isEnabled: false, percentage: .full)).hasPrefix("The flag is killed and everyone"))
    #expect(try text(full, isKilledLocally: true).hasPrefix("This proxy is killed locally"))
  }

  @Test("All that can be judged is safe, also where no conversation was created")
  func safe() throws {
    let safe = "No difference beyond the margins: safe to go on."
    let unmeasured = assessment(.conversationsCreated) { $0.shortage = .nothingMeasured }
    #expect(try sentence([assessment(.errorRate, .safe)]) == safe)
    #expect(try sentence([assessment(.errorRate, .safe), unmeasured]) == safe)
    #expect(try sentence([unmeasured]) == "Undecided.")
    let absent = assessment(.conversationsCreated, .absent) { $0.shortage = .notReported }
    #expect(try sentence([assessment(.errorRate, .safe), absent]) == safe)
    for shortage in Shortage.allCases where shortage != .nothingMeasured && shortage != .notReported {
      let created = assessment(.conversationsCreated) { $0.shortage = shortage }
      #expect(try sentence([assessment(.errorRate, .safe), created]).hasPrefix("Undecided: "), "\(shortage)")
    }
    let slow = assessment(.slowRequests) { $0.shortage = .nothingMeasured }
    #expect(try sentence([slow]).hasPrefix("Undecided: the threshold for slow requests is not known yet"))
  }

  @Test(
    "What is missing is said with its counts",
    arguments: [
      (.oneCohortOnly, 0, 0, 0, "no requests so far."), (.oneCohortOnly, 0, 0, 1, "none of 1 requests can be compared"),
      (.oneCohortOnly, 1, 0, 1, "no requests to unified that can be compared so far."),
      (.oneCohortOnly, 0, 1, 1, "no requests to legacy that can be compared so far."),
      (.fewRequests, 1_234, 5, 0, "1,234 requests to legacy and 5 to unified so far; each needs 200."),
      (.fewUsers, 1, 1, 0, "too few users so far; each cohort needs about 20."),
    ] as [(Shortage, UInt64, UInt64, UInt64, String)])
  func shortage(shortage: Shortage, legacy: UInt64, unified: UInt64, leftOut: UInt64, text: String) throws {
    let short = assessment(.errorRate) { $0.shortage = shortage }
    let strata = [stratum(legacy: legacy, unified: unified, leftOut: leftOut)]
    #expect(try sentence([assessment(.meanLatency), short], strata).hasPrefix("Undecided: " + text))
  }

  @Test("The guardrail that takes longest is named; one that never ends takes longest")
  func time() throws {
    let quick = assessment(.errorRate) { ($0.secondsToVerdict, $0.detectable) = (60, 0.001) }
    let long = assessment(.meanLatency) { ($0.secondsToVerdict, $0.detectable) = (7_000, 5_500_000) }
    let never = assessment(.slowRequests)
    #expect(
      try sentence([quick, long]) == "Undecided: 2,000 requests so far show differences of 5.5 ms or more; "
        + "a verdict on the mean latency takes about 117 min more at this traffic.")
    #expect(
      try sentence([quick, never, long]) == "Undecided: 2,000 requests so far; "
        + "at the present difference, no amount of traffic brings a verdict on slow requests.")
  }
}

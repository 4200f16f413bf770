import Foundation
import Statistics
import TestSupport
import Testing

/// A/A traffic: both cohorts are the same, so whatever is found is a false alarm.
@Suite struct FalseAlarmTests {
  struct Traffic: Sendable, CustomTestStringConvertible {
    let name: String
    let users: Int
    let activity: Crowd.Activity
    let share: Double
    /// 0: durations are measured instead.
    let errorRate: Double
    let requests: Int
    let runs: Int
    let seed: UInt64
    var testDescription: String { name }
  }

  /// The requests after which 0 was outside of the interval for the first time, in one run.
  struct FirstAlarms {
    /// At alpha 0.05, and at a guardrail's share of it.
    var whole: Int?
    var shared: Int?
    /// Of an interval of 1.96 standard errors.
    var naive: Int?
  }

  /// A week of two requests a minute, and a day of five. More traffic is the same with another unit of time.
  static let week: [Traffic] = [
    Traffic(
      name: "a week at 50 %", users: 800, activity: .logNormal, share: 0.5, errorRate: 0.02, requests: 20_160,
      runs: 1_000,
      seed: 1),
    Traffic(
      name: "a week at 10 %, few send most", users: 800, activity: .pareto, share: 0.1, errorRate: 0.02,
      requests: 20_160, runs: 1_000, seed: 2),
    Traffic(
      name: "5 requests a minute, 60 users", users: 60, activity: .logNormal, share: 0.5, errorRate: 0.05,
      requests: 7_200, runs: 1_000, seed: 3),
    Traffic(
      name: "the slowest 1 % at 10 %", users: 800, activity: .logNormal, share: 0.1, errorRate: 0.01, requests: 20_160,
      runs: 1_000, seed: 5),
    Traffic(
      name: "durations at 10 %", users: 800, activity: .logNormal, share: 0.1, errorRate: 0, requests: 20_000,
      runs: 500,
      seed: 4),
  ]

  /// At most alpha of the runs, and three standard deviations of the binomial distribution.
  private func limit(_ alpha: Double, runs: Int) -> Double {
    let expected = alpha * Double(runs)
    return expected + 3 * (expected * (1 - alpha)).squareRoot()
  }

  /// Looks after each request. Between two of them nothing changes, so that is a look at every second.
  private func run(_ traffic: Traffic, using random: inout SeededGenerator) -> FirstAlarms {
    let whole = ConfidenceSequence(alpha: 0.05, tuningUnits: 5_000)
    let shared = GuardrailSettings().sequence
    let crowd = Crowd(traffic.users, traffic.activity, share: traffic.share, using: &random)
    var contrast = RunningContrast()
    var first = FirstAlarms()
    for request in 1...traffic.requests {
      let user = crowd.sender(using: &random)
      contrast.add(to: user, value: value(traffic, user, using: &random))
      guard contrast.isJudged else { continue }
      let square = contrast.square
      if first.naive == nil, square > 1.96 * 1.96 { first.naive = request }
      guard square > RunningContrast.leastSquare, first.whole == nil || first.shared == nil else { continue }
      let variance = unitVariance(traffic, contrast)
      if first.whole == nil, contrast.excludesZero(whole, unitVariance: variance) { first.whole = request }
      if first.shared == nil, contrast.excludesZero(shared, unitVariance: variance) { first.shared = request }
    }
    return first
  }

  /// An error is a million, so that the sums stay whole numbers. Durations are log-normal.
  private func value(_ traffic: Traffic, _ user: Crowd.User, using random: inout SeededGenerator) -> Double {
    if traffic.errorRate > 0 { return random.uniform() < traffic.errorRate * user.failing ? 1e6 : 0 }
    return (8e7 * user.slowness * exp(random.normal())).rounded()
  }

  private func unitVariance(_ traffic: Traffic, _ contrast: RunningContrast) -> Double {
    let count = contrast.legacy.count + contrast.unified.count
    let mean = (contrast.legacy.sum + contrast.unified.sum) / count
    if traffic.errorRate == 0 { return mean * mean * (exp(1) - 1) }
    let share = mean / 1e6
    return share * (1 - share) * 1e12
  }

  @Test(
    "Looked at each second, the interval excludes 0 in at most alpha of the runs; 1.96 errors do in many more",
    arguments: week)
  func everySecond(traffic: Traffic) throws {
    var random = SeededGenerator(seed: traffic.seed)
    let runs = (0..<traffic.runs).map { _ in run(traffic, using: &random) }
    let (whole, shared, naive) = (runs.compactMap(\.whole), runs.compactMap(\.shared), runs.compactMap(\.naive))
    print("A/A \(traffic.name): \(whole.count), \(shared.count), naive \(naive.count) of \(runs.count)")
    #expect(Double(whole.count) <= limit(0.05, runs: traffic.runs))
    #expect(Double(shared.count) <= limit(0.01, runs: traffic.runs))
    #expect(Double(naive.count) > 2 * limit(0.05, runs: traffic.runs), "the simulation would not notice a fault")
    guard traffic.name == Self.week[0].name else { return }
    let rows = stride(from: 480, through: traffic.requests, by: 480).map { requests in
      [whole, naive].map { alarms in Double(alarms.count { $0 <= requests }) / Double(runs.count) }
        .reduce("\(requests)") { "\($0),\($1)" }
    }
    try PlotData.check("false-alarms", header: "requests,sequence,naive", rows: rows, within: 0.02)
  }
}

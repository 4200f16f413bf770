import Foundation
import Statistics
import TestSupport

/// Both paths under the traffic of a crowd, counted as a proxy does.
struct SimulatedService {
  /// How one path answers.
  struct Path {
    /// Of the average user; some have more, some less.
    var errorRate = 0.001
    /// Errors that everybody has beside that.
    var moreErrors = 0.0
    var createdRate = 0.05
    /// So large a share of requests takes so much longer.
    var delayed = 0.0
    var delayNanoseconds = 0.0
  }

  var legacy = Path()
  var unified: Path
  let share: Double
  private(set) var tally = Tally()
  private(set) var requests = 0
  private let crowd: Crowd
  private let durations: [Double]
  private let reference: (slow: Double, slowest: Double)
  private var random: SeededGenerator

  init(users: Int = 20_000, share: Double, unified: Path = Path(), seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let crowd = Crowd(users, .moderate, share: share, unevenness: 0.1, using: &random)
    // Half of the requests within 80 ms, 95 % within about 200.
    let durations = (0..<4_096).map { _ in 8e7 * exp(0.5 * random.normal()) }
    let sample = (0..<8_192).map { _ in
      crowd.sender(using: &random).slowness * durations[Int(random.next() & 4_095)]
    }.sorted()
    reference = (sample[8_192 * 95 / 100], sample[8_192 * 99 / 100])
    self.crowd = crowd
    self.durations = durations
    self.unified = unified
    self.share = share
    for user in crowd.users {
      tally.users.insert(hash: UInt32(truncatingIfNeeded: random.next()), cohort: user.isUnified ? 1 : 0)
    }
    self.random = random
  }

  mutating func send(_ count: Int) {
    requests += count
    // Taken out, so that the tables are changed in place.
    var tally = Tally()
    swap(&tally, &self.tally)
    var random = random
    for _ in 0..<count {
      let user = crowd.sender(using: &random)
      if user.isUnified {
        answer(user, unified, &tally.unified, using: &random)
      } else {
        answer(user, legacy, &tally.legacy, using: &random)
      }
    }
    swap(&tally, &self.tally)
    self.random = random
  }

  private func answer(
    _ user: Crowd.User, _ path: Path, _ cohort: inout CohortTally, using random: inout SeededGenerator
  ) {
    var duration = user.slowness * durations[Int(random.next() & 4_095)]
    if path.delayed > 0, random.uniform() < path.delayed { duration += path.delayNanoseconds }
    let cluster = user.cluster
    cohort.clusters[cluster, .requests] += 1
    cohort.clusters[cluster, .judged] += 1
    cohort.clusters[cluster, .nanoseconds] += UInt64(duration)
    if duration > reference.slow { cohort.clusters[cluster, .slow] += 1 }
    if duration > reference.slowest { cohort.clusters[cluster, .slowest] += 1 }
    if random.uniform() < path.errorRate * user.failing + path.moreErrors { cohort.clusters[cluster, .errors] += 1 }
    if random.uniform() < path.createdRate { cohort.clusters[cluster, .created] += 1 }
    cohort.durations.record(nanoseconds: UInt64(duration))
  }

  /// At 100 requests a second.
  var comparison: Comparison {
    Comparison.of(
      strata: [Stratum(share: share, tally: tally)], settings: GuardrailSettings(),
      elapsedSeconds: Double(requests) / 100)
  }
}

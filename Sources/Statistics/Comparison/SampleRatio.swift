import Glibc

/// Users seen in each cohort against the configured percentage: a chi-square test with one degree of freedom.
package struct SampleRatio: Sendable, Equatable {
  /// Users in the sample, not all users. Of several stages, whoever was seen in two counts twice.
  package var legacy: Int
  package var unified: Int
  /// The share of unified that was configured, 0 ... 1; of several stages, in proportion to their users.
  package var expected: Double
  /// The chance of a split that is off at least as far.
  package var p: Double
  /// At least 8 users in each cohort are expected; fewer say nothing.
  package var isChecked: Bool
  /// Checked, and p < 0.001: something else than the flag decides who is seen where.
  package var isOff: Bool

  package init(legacy: Int, unified: Int, expected: Double, p: Double, isChecked: Bool, isOff: Bool) {
    self.legacy = legacy
    self.unified = unified
    self.expected = expected
    self.p = p
    self.isChecked = isChecked
    self.isOff = isOff
  }

  private static let minimumExpected = 8.0
  private static let threshold = 0.001

  /// The expected counts of all stages are added up, those of stages without a split left out.
  ///
  /// A user who was seen in several stages is the same throw of the dice in all of them. Therefore the counts are divided
  /// by `sum c^2 / sum c`, with c the number of stages that a user was seen in: 1 for a single stage, k when everybody was
  /// seen in k of them.
  package static func of(_ strata: [Stratum]) -> SampleRatio {
    let split = strata.filter(\.isSplit)
    var legacy = 0
    var unified = 0
    var expected = 0.0
    for stratum in split {
      let users = stratum.tally.users
      legacy += users.sampled(cohort: 0)
      unified += users.sampled(cohort: 1)
      expected += stratum.share * Double(users.sampled(cohort: 0) + users.sampled(cohort: 1))
    }
    let share = legacy + unified == 0 ? split.last?.share ?? 0 : expected / Double(legacy + unified)
    return judged(legacy: legacy, unified: unified, share: share, repetition: repetition(in: split))
  }

  private static func judged(legacy: Int, unified: Int, share: Double, repetition: Double) -> SampleRatio {
    let users = Double(legacy + unified) / repetition
    let isChecked = users * min(share, 1 - share) >= minimumExpected
    guard users > 0, share > 0, share < 1 else {
      return SampleRatio(legacy: legacy, unified: unified, expected: share, p: 1, isChecked: false, isOff: false)
    }
    let surplus = Double(unified) / repetition - users * share
    let p = chiSquareTail(surplus * surplus / (users * share * (1 - share)))
    return SampleRatio(
      legacy: legacy, unified: unified, expected: share, p: p, isChecked: isChecked, isOff: isChecked && p < threshold)
  }

  /// The chance that a chi-square variable with one degree of freedom, the square of a normal one, is larger.
  package static func chiSquareTail(_ statistic: Double) -> Double { erfc((statistic / 2).squareRoot()) }

  /// How often the same users were counted; 1 ... number of strata.
  private static func repetition(in strata: [Stratum]) -> Double {
    guard strata.count > 1 else { return 1 }
    var times: [UInt32: Double] = [:]
    for stratum in strata {
      for hash in stratum.tally.users.hashes[0] { times[hash, default: 0] += 1 }
      for hash in stratum.tally.users.hashes[1] { times[hash, default: 0] += 1 }
    }
    let counted = times.values.reduce(0, +)
    return counted == 0 ? 1 : times.values.reduce(0) { $0 + $1 * $1 } / counted
  }
}

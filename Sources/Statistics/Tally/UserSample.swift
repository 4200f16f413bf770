/// Which users were seen, as a sample by hash: every user whose hash is below `limit`, and nobody else.
///
/// While fewer users than `capacity` were seen the limit is 2^32 and the sample is everyone. When there are more, the
/// limit is halved and those above it are forgotten. Whether a user is in depends on the user alone, never on the cohort
/// or on how active somebody is, so the sample is fair for any comparison of users; and samples are merged by taking
/// the lower limit (Dasgupta, Lang, Rhodes, Thaler: A framework for estimating stream expression cardinalities, 2016).
///
/// The estimate has a relative standard error of about 1 / sqrt(users in the sample), and none while all are in.
package struct UserSample: Sendable, Equatable {
  package static let fullLimit: UInt64 = 1 << 32

  package let capacity: Int
  /// 1 ... 2^32.
  package private(set) var limit: UInt64
  /// The hashes of each cohort's users, by `Cohort.rawValue`. A user who was moved is in both.
  package private(set) var hashes: [Set<UInt32>]

  package init(capacity: Int = 4_096, limit: UInt64 = UserSample.fullLimit) {
    precondition(capacity > 0 && (1...Self.fullLimit).contains(limit))
    self.capacity = capacity
    self.limit = limit
    hashes = [[], []]
  }

  package mutating func insert(hash: UInt32, cohort: Int) {
    guard UInt64(hash) < limit else { return }
    hashes[cohort].insert(hash)
    shrink()
  }

  package mutating func merge(_ other: UserSample) {
    lower(to: other.limit)
    for cohort in hashes.indices { hashes[cohort].formUnion(other.hashes[cohort].filter { UInt64($0) < limit }) }
    shrink()
  }

  /// Users of the cohort in the sample.
  package func sampled(cohort: Int) -> Int { hashes[cohort].count }

  /// Users of the cohort in all.
  package func estimate(cohort: Int) -> Double {
    Double(hashes[cohort].count) * Double(Self.fullLimit) / Double(limit)
  }

  /// Whether the sample is everyone, so that the estimate is a count.
  package var isExact: Bool { limit == Self.fullLimit }

  private mutating func shrink() {
    while hashes[0].count + hashes[1].count > capacity, limit > 1 { lower(to: limit / 2) }
  }

  private mutating func lower(to limit: UInt64) {
    guard limit < self.limit else { return }
    self.limit = limit
    for cohort in hashes.indices { hashes[cohort] = hashes[cohort].filter { UInt64($0) < limit } }
  }
}

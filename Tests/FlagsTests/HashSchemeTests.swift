import TestSupport
import Testing

@testable import Flags

/// That each scheme takes in whom the system it is named after takes in. Values come from the tests of those systems.
@Suite struct HashSchemeTests {
  @Test(
    "Unleash: the published normalized values, in from that whole percentage on",
    arguments: [
      ("gr1", "123", 73), ("groupX", "999", 25), ("Feature.flexibleRollout.10", "174", 10),
      ("Feature.flexibleRollout.10", "499", 32), ("Feature.flexibleRollout.userId.55", "25", 55), ("AB12A", "122", 23),
      ("AB12A", "155", 100),
    ])
  func unleash(group: String, user: String, normalized: Int) throws {
    for percent in 0...100 {
      let flag = try Self.flag(group, percent * 1_000, .unleash)
      #expect((flag.decide(user).cohort == .unified) == (normalized <= percent), "\(percent)")
    }
  }

  @Test(
    "GrowthBook: the published n, in from a coverage of exactly n on",
    arguments: [
      ("seed", "a", 505), ("seed", "b", 2_696), ("foo", "ab", 2_575), ("89123klj", "8952klfjas09ujkasdf", 1_240),
      ("()**(%$##$%#$#", "___)((*\":&", 128),
    ])
  func growthbook(seed: String, user: String, n: Int) throws {
    for (threshold, cohort) in [
      (0, .legacy), (n * 10 - 1, .legacy), (n * 10, .unified), (n * 10 + 9, .unified), (100_000, .unified),
    ] as [(Int, Cohort)] {
      #expect(try Self.flag(seed, threshold, .growthbook).decide(user).cohort == cohort, "\(threshold)")
    }
  }

  @Test("GrowthBook: n 0 is in from the smallest coverage above 0 on, and at coverage 0 nobody is")
  func growthbookZero() throws {
    let user = try #require(
      (0..<1_000_000).lazy.map { "u\($0)" }.first { user in
        Flag(name: "F", percentage: .full, hash: .growthbook).decide(user).bucket == 0
      })
    #expect(try Self.flag("F", 0, .growthbook).decide(user).cohort == .legacy)
    #expect(try Self.flag("F", 1, .growthbook).decide(user).cohort == .unified)
  }

  @Test(
    "LaunchDarkly: the published buckets",
    arguments: [("userKeyA", 42_157), ("userKeyB", 67_084), ("userKeyC", 10_343)] as [(String, Int)])
  func launchdarkly(user: String, bucket: Int) throws {
    func decision(_ threshold: Int) throws -> Decision {
      let percentage = try #require(Percentage(threshold: threshold))
      return Flag(name: "hashKey", percentage: percentage, salt: "saltyA", hash: .launchdarkly).decide(user)
    }
    #expect(try decision(bucket) == Decision(cohort: .legacy, reason: .bucketAbove, bucket: Int32(bucket)))
    #expect(try decision(bucket + 1) == Decision(cohort: .unified, reason: .bucketBelow, bucket: Int32(bucket)))
  }

  @Test("nginx: of the users 1 to 20, parts of 51.2 %, 10 % and the rest hold 12, 2 and 6")
  func splitClients() throws {
    let users = (1...20).map { "\($0)" }
    func count(_ threshold: Int) throws -> Int {
      let flag = try Self.flag("F", threshold, .splitClients)
      return users.count { flag.decide($0).cohort == .unified }
    }
    #expect(try count(51_200) == 12)
    #expect(try count(61_200) == 14)
  }

  @Test("nginx: at every percentage of two decimals, exactly the hashes below nginx's limit are in")
  func splitClientsLimits() {
    for hundredths in 1..<10_000 as Range<UInt64> {
      let limit = UInt32(hundredths * 0xFFFF_FFFF / 10_000)
      let isRight =
        BucketHash.splitClientsBucket(limit - 1) < hundredths * 10
        && BucketHash.splitClientsBucket(limit) >= hundredths * 10
      if !isRight { Issue.record("\(hundredths) hundredths") }
    }
    #expect(BucketHash.splitClientsBucket(0) == 0)
    #expect(BucketHash.splitClientsBucket(.max) == 99_999)
  }

  @Test("nginx: a salt of its own goes directly before the user, and the name is no salt")
  func splitClientsSalt() {
    func bucket(_ user: String, salt: String?) -> Int32 {
      Flag(name: "F", percentage: .zero, salt: salt, hash: .splitClients).decide(user).bucket
    }
    // Hashes of "hello" and "a".
    #expect(bucket("hello", salt: nil) == BucketHash.splitClientsBucket(3_848_350_155))
    #expect(bucket("llo", salt: "he") == BucketHash.splitClientsBucket(3_848_350_155))
    #expect(bucket("", salt: "hello") == BucketHash.splitClientsBucket(3_848_350_155))
    #expect(bucket("a", salt: "F") == BucketHash.splitClientsBucket(2_456_313_694))
    #expect(bucket("a", salt: "") == BucketHash.splitClientsBucket(2_456_313_694))
  }

  @Test(
    "At 0 % nobody is in, at 100 % everyone, and raising the percentage moves nobody out",
    arguments: HashScheme.allCases)
  func monotone(scheme: HashScheme) throws {
    let thresholds = Array(0...20) + Array(stride(from: 100, through: 99_900, by: 311)) + Array(99_980...100_000)
    let flags = try thresholds.map { try Self.flag("F", $0, scheme) }
    let snapshot = FlagSnapshot(generation: 1, flags: flags)
    for user in (0..<500).map({ "user-\($0)" }) {
      let ways = flags.indices.map { snapshot.decide(flag: $0, user: user).cohort == .unified }
      #expect(!ways[0], "\(user)")
      #expect(ways[ways.count - 1], "\(user)")
      #expect(zip(ways, ways.dropFirst()).allSatisfy { !$0 || $1 }, "\(user)")
    }
  }

  @Test("The share in unified is within five standard deviations of the percentage", arguments: HashScheme.allCases)
  func share(scheme: HashScheme) throws {
    let snapshot = FlagSnapshot(generation: 1, flags: [Flag(name: "F", percentage: .zero, hash: scheme)])
    let buckets = (0..<100_000).map { snapshot.decide(flag: 0, user: "user-\($0)").bucket }
    for threshold in [10, 1_000, 10_000, 33_330, 50_000, 99_000] {
      let count = Double(buckets.count { $0 < threshold })
      // GrowthBook's comparison includes the coverage itself: one step of 0.01 % more.
      let share = Double(threshold + (scheme == .growthbook ? 10 : 0)) / 100_000
      let deviation = (100_000 * share * (1 - share)).squareRoot()
      #expect(abs(count - 100_000 * share) <= 5 * deviation, "\(threshold)")
    }
  }

  @Test("Any bytes have a bucket, and the lists are asked with the same bytes", arguments: HashScheme.allCases)
  func anyBytes(scheme: HashScheme) throws {
    var random = SeededGenerator(named: "scheme \(scheme)")
    let half = try #require(Percentage(threshold: 50_000))
    let salts = [nil, "", "s", String(repeating: "x", count: 256)]
    let listed = (0..<200).map { "listed-\($0)" }
    for salt in salts {
      let flag = Flag(name: "F", percentage: half, salt: salt, hash: scheme, allow: listed, deny: ["denied", ""])
      let snapshot = FlagSnapshot(generation: 1, flags: [flag])
      for _ in 0..<2_000 {
        let user = (0..<Int.random(in: 1...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        let decision = snapshot.decide(flag: 0, user: user.span.bytes)
        #expect((0..<100_000).contains(decision.bucket))
        #expect(decision.reason == (decision.bucket < 50_000 ? .bucketBelow : .bucketAbove))
      }
      #expect(listed.allSatisfy { snapshot.decide(flag: 0, user: $0).reason == .allowed })
      #expect(snapshot.decide(flag: 0, user: "denied").reason == .denied)
      #expect(snapshot.decide(flag: 0, user: "").reason == .denied)
    }
  }

  @Test(
    "The sentence is in the words of the scheme",
    arguments: [
      (.turnout, 50_000, "bucket 14569 is below 50 % (50000)"),
      (.flagd, 50_000, "bucket 96029 is not below 50 % (50000)"),
      (.unleash, 3_000, "bucket 2526, which is 3 of 100, is below 3 % (3000)"),
      (.unleash, 2_000, "bucket 2526, which is 3 of 100, is not below 2 % (2000)"),
      (.growthbook, 50_000, "n 0.3181 <= coverage 0.5"), (.growthbook, 31_810, "n 0.3181 <= coverage 0.3181"),
      (.growthbook, 31_809, "n 0.3181 > coverage 0.31809"), (.growthbook, 0, "coverage 0 takes nobody in"),
      (.growthbook, 100_000, "n 0.3181 <= coverage 1"),
      (.launchdarkly, 12_500, "bucket 97479 is not below 12.5 % (12500)"),
      (.splitClients, 50_000, "bucket 28595 is below 50 % (50000)"),
    ] as [(HashScheme, Int, String)])
  func sentence(scheme: HashScheme, threshold: Int, sentence: String) throws {
    let flag = try Self.flag("UNIFIED_CONVERSATION_ENABLED", threshold, scheme)
    #expect(flag.decide("1").sentence(for: flag) == sentence)
  }

  static func flag(_ name: String, _ threshold: Int, _ scheme: HashScheme) throws -> Flag {
    Flag(name: name, percentage: try #require(Percentage(threshold: threshold)), hash: scheme)
  }
}

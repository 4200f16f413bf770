import Foundation
import Testing

@testable import Flags

/// The buckets that were written down once and must never change.
@Suite struct VectorTests {
  struct Vectors: Decodable {
    struct User: Decodable {
      let user: String
      let native: Int32
      let native_salt_gr1: Int32
      let unleash: Int32
      let flagd: Int32
      let growthbook_v2_of_10000: Int32
      let launchdarkly: Int32
      let split_clients_murmur2: UInt32
    }
    let flag: String
    let launchdarkly_salt: String
    let users: [User]
  }

  static func vectors() throws -> Vectors {
    let file = try #require(
      Bundle.module.url(forResource: "bucket-vectors", withExtension: "json", subdirectory: "Vectors"))
    return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
  }

  @Test("All native vectors come out, with the flag's name and with another salt")
  func native() throws {
    let vectors = try Self.vectors()
    #expect(vectors.users.count >= 14)
    let snapshot = FlagSnapshot(
      generation: 1,
      flags: [
        Flag(name: vectors.flag, percentage: .zero), Flag(name: vectors.flag, percentage: .zero, salt: "gr1"),
      ])
    for vector in vectors.users {
      #expect(snapshot.decide(flag: 0, user: vector.user).bucket == vector.native, "\(vector.user)")
      #expect(snapshot.decide(flag: 1, user: vector.user).bucket == vector.native_salt_gr1, "\(vector.user)")
    }
  }

  @Test("All vectors of the other systems come out")
  func otherSystems() throws {
    let vectors = try Self.vectors()
    func bucket(_ user: String, _ hash: HashScheme, salt: String? = nil) -> Int32 {
      Flag(name: vectors.flag, percentage: .zero, salt: salt, hash: hash).decide(user).bucket
    }
    for vector in vectors.users {
      let user = vector.user
      #expect(bucket(user, .unleash) == vector.unleash, "\(user)")
      #expect(bucket(user, .flagd) == vector.flagd, "\(user)")
      // In when n <= coverage, which is bucket < percentage x 1000 for this bucket.
      #expect(bucket(user, .growthbook) == max(0, vector.growthbook_v2_of_10000 * 10 - 1), "\(user)")
      #expect(
        bucket(user, .launchdarkly, salt: vectors.launchdarkly_salt) == vector.launchdarkly, "\(user)")
      #expect(bucket(user, .splitClients) == BucketHash.splitClientsBucket(vector.split_clients_murmur2), "\(user)")
    }
  }
}

extension FlagSnapshot {
  func decide(flag index: Int, user: String) -> Decision {
    decide(flag: index, user: Array(user.utf8).span.bytes)
  }
}

extension Flag {
  /// Alone in a snapshot.
  func decide(_ user: String) -> Decision { FlagSnapshot(generation: 0, flags: [self]).decide(flag: 0, user: user) }
}

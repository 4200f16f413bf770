package import Flags

/// Which users a command is about.
package enum UserSelection: Sendable {
  case everybody
  /// Those whose bucket, by the first flag of the snapshot, is one of these.
  case buckets(Range<Int>, by: FlagSnapshot)
  /// Those whom the first flag of the snapshot sends there.
  case cohort(Cohort, by: FlagSnapshot)

  /// A longer user key is none for the proxy, which decides as for a user without a key (the limit of the flag store).
  private static let keyBytes = 256

  package func contains(_ user: String) -> Bool {
    switch self {
    case .everybody: true
    case .buckets(let buckets, let snapshot): buckets.contains(Int(Self.decide(user, snapshot).bucket))
    case .cohort(let cohort, let snapshot): Self.decide(user, snapshot).cohort == cohort
    }
  }

  private static func decide(_ user: String, _ snapshot: FlagSnapshot) -> Decision {
    let key = Array(user.utf8)
    guard key.count <= keyBytes else { return snapshot.decideAnonymous(flag: 0) }
    return unsafe snapshot.decide(flag: 0, user: key.span.bytes)
  }
}

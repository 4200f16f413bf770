/// One compiled flag: decides for a user in a few nanoseconds, without an allocation, a reference count or a lock.
///
/// The bucket of a user is a number from 0 up to, not including, 100 000; the user is in `unified` when it is below the
/// percentage x 1000. So raising the percentage moves nobody out, and lowering it moves out those who came in last. It
/// is `murmur3_x86_32(salt ":" user) * 100 000 >> 32`, unless the flag follows the scheme of another system (`UserHash`).
///
/// A decider is a handle onto memory of the snapshot that it came from. Whoever keeps one keeps that snapshot.
@safe
public struct FlagDecider {
  private let hash: UserHash
  private let threshold: Int32
  private let isEnabled: Bool
  private let users: UserTable

  init(_ flag: Flag) {
    let hash = UserHash(flag)
    self.hash = hash
    threshold = Int32(flag.percentage.threshold)
    isEnabled = flag.isEnabled
    users = UserTable(allow: flag.allow, deny: flag.deny) { hash($0).hash }
  }

  /// Which way the user with these bytes goes.
  @_noLocks
  public func decide(user: RawSpan) -> Decision {
    let result = hash(user)
    let bucket = result.bucket
    guard isEnabled else { return Decision(cohort: .legacy, reason: .disabled, bucket: bucket) }
    switch users.verdict(for: user, hash: result.hash) {
    case .denied: return Decision(cohort: .legacy, reason: .denied, bucket: bucket)
    case .allowed: return Decision(cohort: .unified, reason: .allowed, bucket: bucket)
    case .none: break
    }
    return bucket < threshold
      ? Decision(cohort: .unified, reason: .bucketBelow, bucket: bucket)
      : Decision(cohort: .legacy, reason: .bucketAbove, bucket: bucket)
  }

  /// Which way a user without a key goes: to `legacy` until everyone is in.
  @_noLocks
  public func decideAnonymous() -> Decision {
    guard isEnabled else { return Decision(cohort: .legacy, reason: .disabled, bucket: -1) }
    return threshold >= Percentage.bucketCount
      ? Decision(cohort: .unified, reason: .anonymousAtFull, bucket: -1)
      : Decision(cohort: .legacy, reason: .anonymous, bucket: -1)
  }

  /// Frees the lists and what the hash keeps; the snapshot does, when it ends.
  func deallocate() {
    users.deallocate()
    hash.deallocate()
  }
}

/// Nothing is written after `init`.
extension FlagDecider: @unchecked Sendable {}

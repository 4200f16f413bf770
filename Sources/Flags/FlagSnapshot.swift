internal import Bytes

/// All flags at one moment, compiled, and never changed after: what is published to the workers.
///
/// Making one costs an allocation per flag and time in proportion to the lists. A decision costs a few nanoseconds, without
/// an allocation, a reference count or a lock: the snapshot owns the deciders, and whoever asks it holds it.
public final class FlagSnapshot: Sendable {
  /// Increases with every published snapshot of one process; 0 for one that was never published.
  public let generation: UInt64
  /// In the order that flags are numbered by.
  public let flags: [Flag]
  private let deciders: Slab<FlagDecider>

  public init(generation: UInt64, flags: [Flag]) {
    self.generation = generation
    self.flags = flags
    deciders = Slab(capacity: flags.count) { FlagDecider(flags[$0]) }
  }

  public var count: Int { deciders.count }

  /// The cohort of the user with these bytes. A number that no flag has traps.
  @_noLocks
  public func decide(flag index: Int, user: RawSpan) -> Decision { deciders[index].decide(user: user) }

  /// The cohort of a user without a key: `unified` only when the flag is enabled and at 100 %.
  @_noLocks
  public func decideAnonymous(flag index: Int) -> Decision { deciders[index].decideAnonymous() }
}

/// One compiled flag.
///
/// The bucket of a user is a number from 0 up to, not including, 100,000 (`BucketHash`); the user is in `unified` when it is
/// below the percentage x 1000. So raising the percentage moves nobody out, and lowering it moves out those who came in
/// last.
struct FlagDecider: ~Copyable, Sendable {
  private let hash: BucketHash
  private let threshold: Int32
  private let isEnabled: Bool
  private let users: UserTable

  init(_ flag: Flag) {
    hash = BucketHash(flag)
    threshold = Int32(flag.percentage.threshold)
    isEnabled = flag.isEnabled
    users = UserTable(allow: flag.allow, deny: flag.deny, hash: hash)
  }

  @_noLocks
  func decide(user: RawSpan) -> Decision {
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

  /// A user without a key goes to `legacy` until everyone is in `unified`.
  @_noLocks
  func decideAnonymous() -> Decision {
    guard isEnabled else { return Decision(cohort: .legacy, reason: .disabled, bucket: -1) }
    return threshold >= Percentage.bucketCount
      ? Decision(cohort: .unified, reason: .anonymousAtFull, bucket: -1)
      : Decision(cohort: .legacy, reason: .anonymous, bucket: -1)
  }
}

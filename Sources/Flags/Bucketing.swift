internal import Bytes

/// The system whose way of splitting users a flag follows. A flag that keeps the scheme of the system it comes from moves
/// no user.
///
/// The raw value is the word in a flag file. `BucketHash` says what each scheme hashes.
public enum HashScheme: String, Sendable, CaseIterable {
  case turnout
  /// The gradual rollout of Unleash.
  case unleash
  /// The operator `fractional` of flagd.
  case flagd
  /// A rollout with a coverage in GrowthBook, hash version 2.
  case growthbook
  /// A percentage rollout of LaunchDarkly.
  case launchdarkly
  /// `split_clients` of nginx.
  case splitClients = "split_clients"
}

extension HashScheme: CustomStringConvertible {
  public var description: String { rawValue }
}

/// Turns a user key into a bucket by the scheme of one flag.
///
/// Each scheme has its own hash, range and comparison. All are brought to one form: a bucket from 0 up to, not including,
/// 100,000; a user is in `unified` when it is below percentage x 1000. The bucket does not depend on the percentage. So
/// with every scheme 0 % is nobody, 100 % is everyone, and raising the percentage moves nobody out.
///
/// The salt is absorbed beforehand where the hash allows it.
struct BucketHash: ~Copyable, Sendable {
  private enum Method {
    /// Turnout and flagd.
    case murmur3(Murmur3)
    case unleash(Murmur3)
    case growthbook(FNV1a32)
    case launchdarkly
    case splitClients
  }

  struct Result {
    /// 32 bits that depend on all of the user's bytes, for the look-up in the lists.
    let hash: UInt32
    let bucket: Int32

    @_noLocks @inline(__always)
    init(hash: UInt32, bucket: Int32) {
      self.hash = hash
      self.bucket = bucket
    }
  }

  private let method: Method
  /// Hashed before each user by the two methods that cannot absorb it beforehand; else empty.
  private let prefix: FixedBytes

  init(_ flag: Flag) {
    let salt = Array(flag.salt.utf8)
    var prefix: [UInt8] = []
    switch flag.hash {
    case .turnout: method = .murmur3(Murmur3(prefix: salt + [ASCII.colon]))
    case .unleash: method = .unleash(Murmur3(prefix: salt + [ASCII.colon]))
    case .flagd: method = .murmur3(Murmur3(prefix: salt))
    case .growthbook: method = .growthbook(FNV1a32(prefix: salt))
    case .launchdarkly:
      method = .launchdarkly
      prefix = Array("\(flag.name).\(flag.salt).".utf8)
    case .splitClients:
      method = .splitClients
      // A flag without a salt of its own is split by the user alone.
      prefix = flag.salt == flag.name ? [] : salt
    }
    self.prefix = FixedBytes(prefix)
  }

  @_noLocks @inline(__always)
  func callAsFunction(_ user: RawSpan) -> Result {
    switch method {
    case .murmur3(let salted):
      let hash = salted.hash(user)
      return Result(hash: hash, bucket: Self.scaled(hash))
    case .unleash(let salted): return Self.unleash(salted, user)
    case .growthbook(let salted): return Self.growthbook(salted, user)
    case .launchdarkly: return Self.launchdarkly(prefix, user)
    case .splitClients: return Self.splitClients(prefix, user)
    }
  }

  /// flagd scales the hash by the sum of the weights in the same way, so that both agree whatever that sum is.
  @_noLocks @inline(__always)
  private static func scaled(_ hash: UInt32) -> Int32 {
    Int32(truncatingIfNeeded: (UInt64(hash) &* UInt64(Percentage.bucketCount)) &>> 32)
  }

  /// Unleash: in when `hash % 100 + 1 <= percentage`, which knows whole percents only. Digits of the hash that it does
  /// not use order the users of one percent.
  @_noLocks
  private static func unleash(_ salted: Murmur3, _ user: RawSpan) -> Result {
    let hash = salted.hash(user)
    return Result(hash: hash, bucket: Int32(truncatingIfNeeded: hash % 100 &* 1_000 &+ hash / 100 % 1_000))
  }

  /// GrowthBook: `n` is a number of four decimals, and a user is in when `n <= coverage`, but nobody at coverage 0. So the
  /// bucket is one less than `n` x 100,000, and 0 for `n` 0.
  @_noLocks
  private static func growthbook(_ salted: FNV1a32, _ user: RawSpan) -> Result {
    let hash = salted.hash(user)
    let number = Int32(truncatingIfNeeded: FNV1a32().hash(decimal: hash) % 10_000)
    return Result(hash: hash, bucket: max(0, number &* 10 &- 1))
  }

  /// LaunchDarkly: the first 60 bits of a SHA-1, divided by the largest value of 60 bits, must be below the weight.
  /// Weights are whole thousandths of a percent, so the whole part of the quotient decides. Its SDKs divide in floating
  /// point: those with double precision differ for no user in 10^15, those with single precision (Go, Java) for less
  /// than one in 10^7.
  @_noLocks
  private static func launchdarkly(_ prefix: borrowing FixedBytes, _ user: RawSpan) -> Result {
    var sha = SHA1()
    sha.absorb(prefix)
    sha.absorb(user)
    let digest = sha.digest()
    let value = (UInt64(digest[0]) &<< 32 | UInt64(digest[1])) &>> 4
    let largest: UInt64 = 0x0FFF_FFFF_FFFF_FFFF
    // The high half is below 2^13, so the quotient fits.
    let scaled = largest.dividingFullWidth(value.multipliedFullWidth(by: UInt64(Percentage.bucketCount))).quotient
    return Result(hash: digest[0], bucket: clamped(scaled))
  }

  /// nginx: a percentage of two decimals becomes the limit `percentage x 100 x 0xFFFFFFFF / 10,000`, rounded down, and a
  /// user is in when the hash is below it (ngx_http_split_clients_module.c). The bucket is the last percentage x 1000
  /// whose limit is not above the hash.
  @_noLocks
  private static func splitClients(_ prefix: borrowing FixedBytes, _ user: RawSpan) -> Result {
    var murmur = MurmurHash2(byteCount: prefix.count &+ user.byteCount)
    murmur.absorb(prefix)
    murmur.absorb(user)
    let hash = murmur.value
    return Result(hash: hash, bucket: splitClientsBucket(hash))
  }

  @_noLocks
  static func splitClientsBucket(_ hash: UInt32) -> Int32 {
    clamped(((UInt64(hash) &+ 1) &* UInt64(Percentage.bucketCount) &- 1) / 0xFFFF_FFFF)
  }

  /// The largest hashes of LaunchDarkly and nginx come out as 100,000, which would be out at 100 %.
  @_noLocks @inline(__always)
  private static func clamped(_ bucket: UInt64) -> Int32 {
    Int32(truncatingIfNeeded: min(bucket, UInt64(Percentage.bucketCount &- 1)))
  }
}

internal import Bytes

/// What the scheme of one flag makes of a user: a hash, and from it the bucket.
///
/// Each scheme has its own hash, its own range and its own comparison. All are brought to one form: a bucket from 0 up
/// to, not including, 100 000, and a user is in when it is below percentage x 1000. The bucket does not depend on the
/// percentage. So with every scheme 0 % is nobody, 100 % is everyone, and raising the percentage moves nobody out.
///
/// The salt is absorbed beforehand where the hash allows it.
enum UserHash {
  /// After the salt and a colon.
  case turnout(Murmur3)
  /// After the salt, which is the group, and a colon.
  case unleash(Murmur3)
  /// After the salt, which is the key of the flag.
  case flagd(Murmur3)
  /// After the salt, which is the seed.
  case growthbook(FNV1a32)
  /// With the name, a full stop, the salt and a full stop, which go before the user.
  case launchdarkly(prefix: FixedBytes)
  /// With the salt, or nothing where the flag has none of its own.
  case splitClients(prefix: FixedBytes)

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

  init(_ flag: Flag) {
    let salt = Array(flag.salt.utf8)
    self =
      switch flag.hash {
      case .turnout: .turnout(Murmur3(prefix: salt + [ASCII.colon]))
      case .unleash: .unleash(Murmur3(prefix: salt + [ASCII.colon]))
      case .flagd: .flagd(Murmur3(prefix: salt))
      case .growthbook: .growthbook(FNV1a32(prefix: salt))
      case .launchdarkly: .launchdarkly(prefix: FixedBytes("\(flag.name).\(flag.salt)."))
      case .splitClients: .splitClients(prefix: FixedBytes(flag.salt == flag.name ? [] : salt))
      }
  }

  @_noLocks @inline(__always)
  func callAsFunction(_ user: RawSpan) -> Result {
    switch self {
    case .turnout(let salted), .flagd(let salted):
      let hash = salted.hash(user)
      return Result(hash: hash, bucket: Self.scaled(hash))
    case .unleash(let salted): return Self.unleash(salted, user)
    case .growthbook(let salted): return Self.growthbook(salted, user)
    case .launchdarkly(let prefix): return Self.launchdarkly(prefix, user)
    case .splitClients(let prefix): return Self.splitClients(prefix, user)
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
  /// bucket is one less than `n` x 100 000, and 0 for `n` 0.
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
  private static func launchdarkly(_ prefix: FixedBytes, _ user: RawSpan) -> Result {
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

  /// nginx: a percentage of two decimals becomes the limit `percentage x 100 x 0xFFFFFFFF / 10 000`, rounded down, and a
  /// user is in when the hash is below it (ngx_http_split_clients_module.c). The bucket is the last percentage x 1000
  /// whose limit is not above the hash.
  @_noLocks
  private static func splitClients(_ prefix: FixedBytes, _ user: RawSpan) -> Result {
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

  /// The largest hashes of LaunchDarkly and nginx come out as 100 000, which would be out at 100 %.
  @_noLocks @inline(__always)
  private static func clamped(_ bucket: UInt64) -> Int32 {
    Int32(truncatingIfNeeded: min(bucket, UInt64(Percentage.bucketCount &- 1)))
  }

  /// Frees the prefix; the snapshot does, when it ends.
  func deallocate() {
    switch self {
    case .turnout, .unleash, .flagd, .growthbook: break
    case .launchdarkly(let prefix), .splitClients(let prefix): prefix.deallocate()
    }
  }
}

/// MurmurHash3, the 32-bit variant for x86 (Austin Appleby, public domain; reference vectors in the tests).
///
/// A value is the state after a prefix that never changes (a flag's salt), so that hashing a user costs the user's bytes
/// alone. Not for anything that an attacker must not steer: it is a splitter, no keyed hash.
public struct Murmur3: Sendable, Equatable {
  private var state: UInt32
  /// Bytes of the prefix after its last whole block, lowest first.
  private var pending: UInt32 = 0
  private var pendingCount: Int = 0
  private var length: UInt32 = 0

  public init(seed: UInt32 = 0) { state = seed }

  /// The state after `prefix`.
  public init(prefix: some Sequence<UInt8>, seed: UInt32 = 0) {
    state = seed
    for byte in prefix { absorb(byte) }
  }

  @_noLocks @inline(__always)
  private mutating func absorb(_ byte: UInt8) {
    pending |= UInt32(byte) &<< UInt32(truncatingIfNeeded: pendingCount &* 8)
    pendingCount &+= 1
    length &+= 1
    if pendingCount == 4 {
      mix(pending)
      pending = 0
      pendingCount = 0
    }
  }

  @_noLocks @inline(__always)
  private mutating func mix(_ block: UInt32) {
    state ^= Self.scrambled(block)
    state = (state &<< 13 | state &>> 19) &* 5 &+ 0xE654_6B64
  }

  @_noLocks @inline(__always)
  private static func scrambled(_ block: UInt32) -> UInt32 {
    let product = block &* 0xCC9E_2D51
    return (product &<< 15 | product &>> 17) &* 0x1B87_3593
  }

  /// The hash of the prefix followed by `bytes`.
  @_noLocks
  public func hash(_ bytes: RawSpan) -> UInt32 {
    var rest = self
    var index = 0
    while index < bytes.byteCount {
      rest.absorb(bytes[index])
      index &+= 1
    }
    var hash = rest.state ^ Self.scrambled(rest.pending)
    hash ^= rest.length
    hash = (hash ^ hash &>> 16) &* 0x85EB_CA6B
    hash = (hash ^ hash &>> 13) &* 0xC2B2_AE35
    return hash ^ hash &>> 16
  }
}

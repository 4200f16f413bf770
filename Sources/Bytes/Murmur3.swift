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
  ///
  /// Whole words are read from `bytes` and shifted onto what the prefix left over, so that no block costs four steps.
  @_noLocks
  public func hash(_ bytes: RawSpan) -> UInt32 {
    var rest = self
    let shift = UInt32(truncatingIfNeeded: pendingCount &* 8)
    let count = bytes.byteCount
    var index = 0
    while count &- index >= 4 {
      let word = UInt32(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self))
      rest.mix(rest.pending | word &<< shift)
      // A shift by 32 gives 0 here, as it must when the prefix left nothing over.
      rest.pending = UInt32(truncatingIfNeeded: UInt64(word) &>> UInt64(32 &- shift))
      index &+= 4
    }
    // The last 0 to 3 bytes behind the 0 to 3 that are left over make up to 6: at most one more block.
    var tail = UInt64(rest.pending)
    var place = UInt64(shift)
    while index < count {
      tail |= UInt64(bytes[index]) &<< place
      place &+= 8
      index &+= 1
    }
    rest.length &+= UInt32(truncatingIfNeeded: count)
    if place >= 32 { rest.mix(UInt32(truncatingIfNeeded: tail)) }
    rest.pending = UInt32(truncatingIfNeeded: place >= 32 ? tail &>> 32 : tail)
    var hash = rest.state ^ Self.scrambled(rest.pending)
    hash ^= rest.length
    hash = (hash ^ hash &>> 16) &* 0x85EB_CA6B
    hash = (hash ^ hash &>> 13) &* 0xC2B2_AE35
    return hash ^ hash &>> 16
  }
}

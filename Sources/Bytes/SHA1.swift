/// SHA-1 (RFC 3174), as a splitter that others chose. It protects nothing.
///
/// It holds one block of 64 bytes as sixteen words and allocates nothing.
public struct SHA1: Sendable {
  private var state: InlineArray<5, UInt32> = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
  /// Zero where no byte was put yet.
  private var block = InlineArray<16, UInt32>(repeating: 0)
  private var byteCount: UInt64 = 0

  @_noLocks
  public init() {}

  @_noLocks
  public mutating func absorb(_ bytes: RawSpan) {
    var index = 0
    while index < bytes.byteCount {
      absorb(bytes[index])
      index &+= 1
    }
  }

  @_noLocks
  public mutating func absorb(_ bytes: borrowing FixedBytes) {
    var index = 0
    while index < bytes.count {
      absorb(bytes[index])
      index &+= 1
    }
  }

  @_noLocks @inline(__always)
  private mutating func absorb(_ byte: UInt8) {
    let place = Int(truncatingIfNeeded: byteCount & 63)
    block[place &>> 2] |= UInt32(byte) &<< UInt32(truncatingIfNeeded: (3 &- place & 3) &* 8)
    byteCount &+= 1
    if byteCount & 63 == 0 { mix() }
  }

  /// The five words of the digest of all bytes so far.
  @_noLocks
  public func digest() -> InlineArray<5, UInt32> {
    var rest = self
    let bits = byteCount &* 8
    rest.absorb(0x80)
    // The count of bits takes the last eight bytes of a block (section 4).
    if rest.byteCount & 63 > 56 { rest.mix() }
    rest.block[14] = UInt32(truncatingIfNeeded: bits &>> 32)
    rest.block[15] = UInt32(truncatingIfNeeded: bits)
    rest.mix()
    return rest.state
  }

  /// Method 2 of section 6.2: the eighty words of the schedule take turns in the sixteen of the block.
  @_noLocks
  private mutating func mix() {
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    var step = 0
    while step < 80 {
      let next = Self.rotated(a, 5) &+ Self.mixed(step, b, c, d) &+ e &+ word(step)
      (e, d, c, b, a) = (d, c, Self.rotated(b, 30), a, next)
      step &+= 1
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    block = InlineArray(repeating: 0)
  }

  @_noLocks @inline(__always)
  private mutating func word(_ step: Int) -> UInt32 {
    let place = step & 15
    if step >= 16 {
      let sum = block[(place &+ 13) & 15] ^ block[(place &+ 8) & 15] ^ block[(place &+ 2) & 15] ^ block[place]
      block[place] = Self.rotated(sum, 1)
    }
    return block[place]
  }

  /// The function and the constant of one step (section 5).
  @_noLocks @inline(__always)
  private static func mixed(_ step: Int, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> UInt32 {
    switch step {
    case ..<20: (b & c | ~b & d) &+ 0x5A82_7999
    case ..<40: (b ^ c ^ d) &+ 0x6ED9_EBA1
    case ..<60: (b & c | b & d | c & d) &+ 0x8F1B_BCDC
    default: (b ^ c ^ d) &+ 0xCA62_C1D6
    }
  }

  @_noLocks @inline(__always)
  private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word &<< count | word &>> (32 &- count) }
}

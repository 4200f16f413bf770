/// SipHash-2-4 with 64 bits (Aumasson and Bernstein, 2012; reference vectors in the tests): a keyed hash, from whose values
/// nobody without the key finds the text, not even by trying all likely ones.
public struct SipHash: Sendable, Equatable {
  private let key: (UInt64, UInt64)

  public static let keyLength = 16

  /// Nil unless the key has 16 bytes.
  public init?(key: [UInt8]) {
    guard key.count == Self.keyLength else { return nil }
    let words = stride(from: 0, to: 16, by: 8).map { start in
      key[start..<start + 8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    }
    self.key = (words[0], words[1])
  }

  public static func == (left: SipHash, right: SipHash) -> Bool { left.key == right.key }

  private struct State {
    var (v0, v1, v2, v3): (UInt64, UInt64, UInt64, UInt64)

    @_noLocks @inline(__always)
    init(_ key: (UInt64, UInt64)) {
      // "somepseudorandomlygeneratedbytes" in the paper, section 2.1.
      v0 = key.0 ^ 0x736F_6D65_7073_6575
      v1 = key.1 ^ 0x646F_7261_6E64_6F6D
      v2 = key.0 ^ 0x6C79_6765_6E65_7261
      v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    @_noLocks @inline(__always)
    mutating func round() {
      v0 &+= v1
      v1 = SipHash.rotated(v1, 13) ^ v0
      v0 = SipHash.rotated(v0, 32)
      v2 &+= v3
      v3 = SipHash.rotated(v3, 16) ^ v2
      v0 &+= v3
      v3 = SipHash.rotated(v3, 21) ^ v0
      v2 &+= v1
      v1 = SipHash.rotated(v1, 17) ^ v2
      v2 = SipHash.rotated(v2, 32)
    }

    @_noLocks @inline(__always)
    mutating func absorb(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    @_noLocks @inline(__always)
    mutating func finish() -> UInt64 {
      v2 ^= 0xFF
      round()
      round()
      round()
      round()
      return v0 ^ v1 ^ v2 ^ v3
    }
  }

  @_noLocks
  public func hash(_ bytes: RawSpan) -> UInt64 {
    var state = State(key)
    var index = 0
    while bytes.byteCount &- index >= 8 {
      state.absorb(UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)))
      index &+= 8
    }
    // The last 0 to 7 bytes, and the count of all modulo 256 above them.
    var last = UInt64(truncatingIfNeeded: bytes.byteCount) &<< 56
    var place: UInt64 = 0
    while index < bytes.byteCount {
      last |= UInt64(bytes[index]) &<< place
      place &+= 8
      index &+= 1
    }
    state.absorb(last)
    return state.finish()
  }

  @_noLocks @inline(__always)
  private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word &<< count | word &>> (64 &- count) }
}

/// FNV-1a with 32 bits (Fowler, Noll, Vo; RFC 9923).
///
/// A value is the state after what was absorbed so far, so that a prefix that never changes is hashed once.
public struct FNV1a32: Sendable, Equatable {
  /// The hash of all bytes so far.
  public private(set) var value: UInt32 = 0x811C_9DC5

  @_noLocks @inline(__always)
  public init() {}

  /// The state after `prefix`.
  public init(prefix: some Sequence<UInt8>) {
    for byte in prefix { absorb(byte) }
  }

  @_noLocks @inline(__always)
  private mutating func absorb(_ byte: UInt8) { value = (value ^ UInt32(byte)) &* 0x0100_0193 }

  /// The hash of what was absorbed followed by `bytes`.
  @_noLocks
  public func hash(_ bytes: RawSpan) -> UInt32 {
    var rest = self
    var index = 0
    while index < bytes.byteCount {
      rest.absorb(bytes[index])
      index &+= 1
    }
    return rest.value
  }

  /// The hash of what was absorbed followed by `number` in decimal digits, without a text being made.
  @_noLocks
  public func hash(decimal number: UInt32) -> UInt32 {
    var rest = self
    var unit: UInt32 = 1
    while number / unit >= 10 { unit &*= 10 }
    while unit > 0 {
      rest.absorb(0x30 &+ UInt8(truncatingIfNeeded: number / unit % 10))
      unit /= 10
    }
    return rest.value
  }
}

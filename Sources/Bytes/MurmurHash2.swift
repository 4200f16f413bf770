/// MurmurHash2, the variant with 32 bits (Austin Appleby, public domain).
///
/// The count of all bytes goes into the first state. So it is given beforehand, and no prefix can be hashed once for all.
public struct MurmurHash2: Sendable {
  private var state: UInt32
  /// Bytes after the last whole block, lowest first.
  private var pending: UInt32 = 0
  private var pendingCount: UInt32 = 0

  /// For bytes that are `byteCount` altogether.
  @_noLocks @inline(__always)
  public init(byteCount: Int, seed: UInt32 = 0) { state = seed ^ UInt32(truncatingIfNeeded: byteCount) }

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
    pending |= UInt32(byte) &<< (pendingCount &* 8)
    pendingCount &+= 1
    if pendingCount == 4 { mix() }
  }

  @_noLocks @inline(__always)
  private mutating func mix() {
    var block = pending &* Self.multiplier
    block ^= block &>> 24
    state = state &* Self.multiplier ^ block &* Self.multiplier
    pending = 0
    pendingCount = 0
  }

  /// The hash of all bytes so far.
  public var value: UInt32 {
    @_noLocks get {
      var hash = pendingCount > 0 ? (state ^ pending) &* Self.multiplier : state
      hash = (hash ^ hash &>> 13) &* Self.multiplier
      return hash ^ hash &>> 15
    }
  }

  private static var multiplier: UInt32 { @_noLocks @inline(__always) get { 0x5BD1_E995 } }
}

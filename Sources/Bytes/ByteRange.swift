/// A part of some bytes, as an offset from their start and a length. Eight bytes, so that a table of header fields
/// stays in the first cache lines; nothing that is parsed is longer than 4 GiB.
@frozen
public struct ByteRange: Equatable, Sendable {
  public var offset: UInt32
  public var length: UInt32

  public static let empty = ByteRange(offset: 0, length: 0)

  @_noLocks @inline(__always)
  public init(offset: UInt32, length: UInt32) {
    self.offset = offset
    self.length = length
  }

  /// The range from `start` up to, not including, `end`; empty when that lies before it. A negative or too large bound
  /// is clamped: no input can trap.
  @_noLocks @inlinable @inline(__always)
  public init(from start: Int, to end: Int) {
    let upper = Self.clamped(end)
    offset = Self.clamped(start)
    length = upper > offset ? upper &- offset : 0
  }

  /// Written out, because `UInt32(clamping:)` is not inlined.
  @inlinable @inline(__always)
  static func clamped(_ number: Int) -> UInt32 {
    number < 0 ? 0 : number > 0xFFFF_FFFF ? .max : UInt32(truncatingIfNeeded: number)
  }

  public var start: Int { @_noLocks @inline(__always) get { Int(offset) } }
  public var count: Int { @_noLocks @inline(__always) get { Int(length) } }
  public var end: Int { @_noLocks @inline(__always) get { Int(offset) &+ Int(length) } }
  public var isEmpty: Bool { @_noLocks @inline(__always) get { length == 0 } }
  public var bounds: Range<Int> { @_noLocks @inline(__always) get { unsafe Range(uncheckedBounds: (start, end)) } }
}

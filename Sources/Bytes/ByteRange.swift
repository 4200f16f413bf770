/// A part of some bytes, as an offset from their start and a length. Eight bytes, so that a table of header fields
/// stays in the first cache lines; nothing that is parsed is longer than 4 GiB.
@frozen
package struct ByteRange: Equatable, Sendable {
  package var offset: UInt32
  package var length: UInt32

  package static let empty = ByteRange(offset: 0, length: 0)

  @_noLocks @inline(__always)
  package init(offset: UInt32, length: UInt32) {
    self.offset = offset
    self.length = length
  }

  /// The range from `start` up to, not including, `end`. A negative or too large bound is clamped: no input can trap.
  @_noLocks @inline(__always)
  package init(from start: Int, to end: Int) {
    offset = UInt32(clamping: start)
    length = UInt32(clamping: end &- start)
  }

  package var start: Int { @_noLocks @inline(__always) get { Int(offset) } }
  package var count: Int { @_noLocks @inline(__always) get { Int(length) } }
  package var end: Int { @_noLocks @inline(__always) get { Int(offset) &+ Int(length) } }
  package var isEmpty: Bool { @_noLocks @inline(__always) get { length == 0 } }
  package var bounds: Range<Int> { @_noLocks @inline(__always) get { unsafe Range(uncheckedBounds: (start, end)) } }
}

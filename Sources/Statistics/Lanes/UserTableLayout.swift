/// A worker's table of the users it has seen, in words of its lane. It is a `UserSample` of at most 1024 users:
///
///     0        the epoch that it belongs to; 0: never used
///     1        the limit below which a hash is taken in
///     2        odd while the table is laid out anew, then higher by one: readers try again
///     8 ...    2048 slots, by hash, the next one where a slot is taken; 0 is empty
///
/// A flag has two tables, for epochs with an even and an odd number: while a worker fills one, the other stays as its epoch
/// left it, so that it can be read to the end.
@usableFromInline
package enum UserTableLayout {
  /// Whole pages.
  @inlinable
  package static var stride: Int { @_noLocks @inline(__always) get { 2_560 } }
  @inlinable
  package static var epoch: Int { @_noLocks @inline(__always) get { 0 } }
  @inlinable
  package static var limit: Int { @_noLocks @inline(__always) get { 1 } }
  @inlinable
  package static var version: Int { @_noLocks @inline(__always) get { 2 } }
  @inlinable
  package static var slots: Int { @_noLocks @inline(__always) get { 8 } }
  @inlinable
  package static var slotCount: Int { @_noLocks @inline(__always) get { 2_048 } }
  /// Half the slots, so that a look-up takes two or three.
  @inlinable
  package static var capacity: Int { @_noLocks @inline(__always) get { 1_024 } }

  /// What stands in a slot; never 0.
  @_noLocks @inlinable @inline(__always)
  package static func entry(hash: UInt32, cohort: Int) -> UInt64 {
    1 &<< 63 | UInt64(truncatingIfNeeded: cohort) &<< 32 | UInt64(hash)
  }

  /// The hash and cohort of a slot that is not empty.
  package static func user(_ entry: UInt64) -> (hash: UInt32, cohort: Int) {
    (UInt32(truncatingIfNeeded: entry), Int(entry >> 32 & 1))
  }

  /// Where to look first: the hash's upper bits go with the limit, so its bits are mixed (Knuth's multiplicative hash).
  @_noLocks @inlinable @inline(__always)
  package static func firstSlot(_ hash: UInt32) -> Int { Int((hash &* 0x9E37_79B1) &>> 21) }
}

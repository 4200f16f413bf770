/// Eight bytes looked at in one 64-bit word, the first byte in the lowest lane. Each function returns a word whose
/// *lowest* set bit is the top bit of the first lane that was looked for; what is set above that bit means nothing.
enum Lanes {
  static var tops: UInt64 { @_noLocks @inline(__always) get { 0x8080_8080_8080_8080 } }
  static var caseBits: UInt64 { @_noLocks @inline(__always) get { 0x2020_2020_2020_2020 } }

  @_noLocks @inline(__always)
  static func all(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// Lanes less than `bound`, which is at most 0x80.
  @_noLocks @inline(__always)
  static func below(_ bound: UInt8, in word: UInt64) -> UInt64 { (word &- all(bound)) & ~word & tops }

  @_noLocks @inline(__always)
  static func equal(to byte: UInt8, in word: UInt64) -> UInt64 { below(1, in: word ^ all(byte)) }

  /// What cannot stand in a field value, HTAB included: the controls and DEL (RFC 9110 5.5).
  @_noLocks @inline(__always)
  static func controls(in word: UInt64) -> UInt64 { below(0x20, in: word) | equal(to: 0x7F, in: word) }

  /// What cannot stand in a request target: controls, space, "#", DEL and everything above (RFC 9112 3.2).
  @_noLocks @inline(__always)
  static func targetStops(in word: UInt64) -> UInt64 {
    below(0x21, in: word) | equal(to: 0x23, in: word) | ((word &+ all(1)) | word) & tops
  }

  /// Lanes that are neither a letter nor a hyphen, of which most names are made. Exact in every lane.
  @_noLocks @inline(__always)
  static func nameStops(in word: UInt64) -> UInt64 {
    let low = word & ~tops
    let folded = low | caseBits
    let letter = (folded &+ all(0x80 &- 0x61)) & ~(folded &+ all(0x80 &- 0x7B))
    let other = (low ^ all(0x2D)) &+ all(0x7F)
    return (~letter & other | word) & tops
  }

  /// How many lanes come before the first that was found; `found` is not zero.
  @_noLocks @inline(__always)
  static func firstLane(_ found: UInt64) -> Int { found.trailingZeroBitCount &>> 3 }
}

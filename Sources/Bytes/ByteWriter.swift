/// Writes bytes one after another into memory of a fixed size. What does not fit is dropped and `isOverflown` says so:
/// the caller answers with an error instead of sending half a head.
///
/// It owns its memory. One writer serves a worker for its whole life: `removeAll` starts over without freeing.
@safe
public struct ByteWriter: ~Copyable {
  private let base: UnsafeMutableRawPointer
  public let capacity: Int
  public private(set) var count = 0
  public private(set) var isOverflown = false

  public init(capacity: Int) {
    unsafe base = .allocate(byteCount: capacity, alignment: 64)
    self.capacity = capacity
  }

  deinit { unsafe base.deallocate() }

  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  @inline(__always)
  public mutating func removeAll() {
    count = 0
    isOverflown = false
  }

  @_noLocks @inline(__always)
  public mutating func append(_ byte: UInt8) {
    guard count < capacity else { return isOverflown = true }
    unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  @_noLocks @inline(__always)
  public mutating func append(_ text: StaticString) {
    unsafe append(text.utf8Start, count: text.utf8CodeUnitCount)
  }

  @inline(__always)
  public mutating func append(_ span: RawSpan) {
    unsafe append(span.baseAddress, count: span.byteCount)
  }

  @_noLocks @inline(__always)
  private mutating func append(_ source: UnsafeRawPointer?, count added: Int) {
    guard added <= capacity &- count else { return isOverflown = true }
    guard let source = unsafe source, added > 0 else { return }
    unsafe (base + count).copyMemory(from: source, byteCount: added)
    count &+= added
  }

  /// The digits of `number`, without leading zeros.
  @_noLocks
  public mutating func append(decimal number: UInt64) {
    append(decimal: number, digits: Self.digitCount(number))
  }

  /// The last `digits` digits of `number`, with leading zeros.
  @_noLocks
  public mutating func append(decimal number: UInt64, digits: Int) {
    guard digits <= capacity &- count else { return isOverflown = true }
    let start = count
    var (rest, place) = (number, count &+ digits)
    count = place
    while place > start {
      place &-= 1
      // By a constant, so that the compiler multiplies.
      let quotient = rest / 10
      unsafe base.storeBytes(
        of: 0x30 &+ UInt8(truncatingIfNeeded: rest &- quotient &* 10), toByteOffset: place, as: UInt8.self)
      rest = quotient
    }
  }

  @_noLocks @inline(__always)
  private static func digitCount(_ number: UInt64) -> Int {
    var (count, bound) = (1, 10 as UInt64)
    while count < 20, number >= bound {
      count &+= 1
      bound &*= 10
    }
    return count
  }

  /// The 16 lower-case hexadecimal digits of `number`.
  @_noLocks
  public mutating func append(hexadecimal number: UInt64) {
    guard capacity &- count >= 16 else { return isOverflown = true }
    unsafe base.storeBytes(
      of: Self.hexadecimal(UInt32(truncatingIfNeeded: number &>> 32)), toByteOffset: count, as: UInt64.self)
    unsafe base.storeBytes(
      of: Self.hexadecimal(UInt32(truncatingIfNeeded: number)), toByteOffset: count &+ 8, as: UInt64.self)
    count &+= 16
  }

  /// Eight digits as they lie in memory, made all at once: each half of a byte goes to a byte of its own, and 0x27 more
  /// than "0" is added where it is above 9.
  @_noLocks @inline(__always)
  private static func hexadecimal(_ number: UInt32) -> UInt64 {
    var digits = UInt64(number.bigEndian)
    digits = (digits | digits &<< 16) & 0x0000_FFFF_0000_FFFF
    digits = (digits | digits &<< 8) & 0x00FF_00FF_00FF_00FF
    digits = (digits &>> 4 & 0x000F_000F_000F_000F) | (digits & 0x000F_000F_000F_000F) &<< 8
    let letters = (digits &+ 0x0606_0606_0606_0606) &>> 4 & 0x0101_0101_0101_0101
    return (digits &+ 0x3030_3030_3030_3030 &+ letters &* 0x27).littleEndian
  }
}

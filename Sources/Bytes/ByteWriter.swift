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
    var divisor: UInt64 = 1
    while number / divisor >= 10 { divisor &*= 10 }
    var rest = number
    while divisor > 0 {
      append(0x30 &+ UInt8(truncatingIfNeeded: rest / divisor))
      rest %= divisor
      divisor /= 10
    }
  }

  /// The 16 lower-case hexadecimal digits of `number`.
  @_noLocks
  public mutating func append(hexadecimal number: UInt64) {
    var shift: UInt64 = 64
    while shift > 0 {
      shift &-= 4
      let digit = UInt8(truncatingIfNeeded: number &>> shift) & 0x0F
      append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
    }
  }
}

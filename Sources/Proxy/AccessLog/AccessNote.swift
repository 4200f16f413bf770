internal import Bytes

/// A record that is being made, in memory of its own: what is known of a request only while its head is in the buffer is
/// kept here until it has ended. A handle: copying it copies a pointer.
@safe
struct AccessNote {
  private let base: UnsafeMutableRawPointer

  private static var textOffset: Int { MemoryLayout<AccessRecord>.size }

  /// It is given back with `deallocate`.
  static func allocate() -> AccessNote {
    unsafe AccessNote(base: .allocate(byteCount: AccessRecord.mostBytes, alignment: 64))
  }

  func deallocate() { unsafe base.deallocate() }

  var record: AccessRecord {
    unsafeAddress { unsafe UnsafePointer(base.assumingMemoryBound(to: AccessRecord.self)) }
    nonmutating unsafeMutableAddress { unsafe base.assumingMemoryBound(to: AccessRecord.self) }
  }

  func begin() { unsafe base.storeBytes(of: AccessRecord(), as: AccessRecord.self) }

  /// Adds at most `limit` of the bytes as one part. Each part is added once.
  func append(_ bytes: RawSpan, atMost limit: Int) -> AccessRecord.Part {
    let start = Int(record.textBytes)
    let count = min(bytes.byteCount, limit, AccessRecord.mostBytes &- Self.textOffset &- start)
    guard count > 0, let source = unsafe bytes.baseAddress else { return AccessRecord.Part() }
    unsafe (base + Self.textOffset + start).copyMemory(from: source, byteCount: count)
    record.textBytes = UInt16(truncatingIfNeeded: start &+ count)
    return AccessRecord.Part(offset: UInt16(truncatingIfNeeded: start), count: UInt16(truncatingIfNeeded: count))
  }

  /// The numbers and the parts.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let span = unsafe RawSpan(
        _unsafeStart: UnsafeRawPointer(base), byteCount: Self.textOffset &+ Int(record.textBytes))
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}

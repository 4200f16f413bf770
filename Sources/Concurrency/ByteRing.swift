import Glibc
internal import Synchronization

/// Records of bytes from one thread to another: one writes, one reads, neither waits. A record that does not fit is refused
/// and counted.
///
///     tail                     head
///     | length | record |  ...  |       free       |     each record begins at a multiple of 8
///
/// A record lies in one piece: where it does not fit before the end of the memory, a mark sends the reader to the start.
/// Positions count all bytes ever written. The writer remembers where it last saw the reader and looks again only when the
/// ring seems full, so that the two threads share no cache line but that of the records themselves.
///
/// The kernel gives a page of memory when it is first used.
@safe
package final class ByteRing: @unchecked Sendable {
  // Unchecked: the pointers never change; what is behind them is atomic, or handed over by an atomic.
  private let base: UnsafeMutableRawPointer
  package let capacity: Int

  /// Before the records, each in a cache line of its own.
  private static var controlBytes: Int { 4_096 }
  fileprivate static var headOffset: Int { 0 }
  fileprivate static var tailOffset: Int { 128 }
  fileprivate static var refusedOffset: Int { 256 }
  fileprivate static var lengthBytes: Int { 8 }
  /// Instead of a length: continue at the start.
  fileprivate static var wrapMark: UInt64 { .max }

  /// `capacity` in bytes, rounded up to a power of two of at least a page. It ends the process if there is no memory: rings
  /// are made before the first connection.
  package init(capacity: Int) {
    var rounded = 4_096
    while rounded < capacity { rounded *= 2 }
    let mapping = unsafe mmap(
      nil, Self.controlBytes + rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else {
      fatalError("no memory for a ring of \(rounded) bytes")
    }
    unsafe base = mapping
    self.capacity = rounded
  }

  deinit { unsafe munmap(base, Self.controlBytes + capacity) }

  /// The writing end, for the one thread that writes.
  package var writer: Writer { unsafe Writer(self, control: base, records: base + Self.controlBytes) }

  /// The reading end, for the one thread that reads.
  package var reader: Reader { unsafe Reader(self, control: base, records: base + Self.controlBytes) }

  /// Records that did not fit, since the start.
  package var refusedCount: UInt64 { unsafe Self.word(base, Self.refusedOffset).pointee.load(ordering: .relaxed) }

  @unsafe
  fileprivate static func word(_ control: UnsafeMutableRawPointer, _ offset: Int) -> UnsafeMutablePointer<
    Atomic<UInt64>
  > {
    unsafe (control + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
  }
}

extension ByteRing {
  /// The writing end. It keeps the ring alive and stays on one thread.
  @safe
  package struct Writer: ~Copyable {
    private let ring: ByteRing
    private let control: UnsafeMutableRawPointer
    private let records: UnsafeMutableRawPointer
    private let capacity: Int
    private var head: UInt64 = 0
    /// Where the reader was when it was last looked at.
    private var seenTail: UInt64 = 0

    fileprivate init(_ ring: ByteRing, control: UnsafeMutableRawPointer, records: UnsafeMutableRawPointer) {
      self.ring = ring
      unsafe self.control = control
      unsafe self.records = records
      capacity = ring.capacity
    }

    /// Copies the record in; false, and nothing but the count of refused records changed, when it does not fit.
    package mutating func write(_ record: RawSpan) -> Bool {
      let needed = ByteRing.lengthBytes &+ (record.byteCount &+ 7) & ~7
      let offset = Int(truncatingIfNeeded: head) & (capacity &- 1)
      let wraps = needed > capacity &- offset
      let taken = wraps ? capacity &- offset &+ needed : needed
      guard hasRoom(taken) else {
        let refused = unsafe ByteRing.word(control, ByteRing.refusedOffset)
        unsafe refused.pointee.store(refused.pointee.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        return false
      }
      if wraps { unsafe records.storeBytes(of: ByteRing.wrapMark, toByteOffset: offset, as: UInt64.self) }
      let start = wraps ? 0 : offset
      unsafe records.storeBytes(of: UInt64(record.byteCount), toByteOffset: start, as: UInt64.self)
      unsafe record.withUnsafeBytes { source in
        guard let address = source.baseAddress else { return }
        unsafe (records + start + ByteRing.lengthBytes).copyMemory(from: address, byteCount: source.count)
      }
      head &+= UInt64(taken)
      unsafe ByteRing.word(control, ByteRing.headOffset).pointee.store(head, ordering: .releasing)
      return true
    }

    private mutating func hasRoom(_ bytes: Int) -> Bool {
      if head &- seenTail &+ UInt64(bytes) <= UInt64(capacity) { return true }
      lookAtReader()
      return head &- seenTail &+ UInt64(bytes) <= UInt64(capacity)
    }

    /// Whether more than half of the ring waits to be read.
    package mutating func isHalfFull() -> Bool {
      guard head &- seenTail > UInt64(capacity / 2) else { return false }
      lookAtReader()
      return head &- seenTail > UInt64(capacity / 2)
    }

    private mutating func lookAtReader() {
      seenTail = unsafe ByteRing.word(control, ByteRing.tailOffset).pointee.load(ordering: .acquiring)
    }
  }

  /// The reading end. It keeps the ring alive and stays on one thread.
  @safe
  package struct Reader: ~Copyable {
    private let ring: ByteRing
    private let control: UnsafeMutableRawPointer
    private let records: UnsafeMutableRawPointer
    private let capacity: Int
    private var tail: UInt64 = 0

    fileprivate init(_ ring: ByteRing, control: UnsafeMutableRawPointer, records: UnsafeMutableRawPointer) {
      self.ring = ring
      unsafe self.control = control
      unsafe self.records = records
      capacity = ring.capacity
    }

    package var isEmpty: Bool {
      unsafe ByteRing.word(control, ByteRing.headOffset).pointee.load(ordering: .acquiring) == tail
    }

    /// Passes the next record to `body`, then returns its space to the writer. False when there is none.
    package mutating func read(_ body: (RawSpan) -> Void) -> Bool {
      guard !isEmpty else { return false }
      var offset = Int(truncatingIfNeeded: tail) & (capacity &- 1)
      var length = unsafe records.load(fromByteOffset: offset, as: UInt64.self)
      if length == ByteRing.wrapMark {
        tail &+= UInt64(capacity &- offset)
        offset = 0
        length = unsafe records.load(fromByteOffset: 0, as: UInt64.self)
      }
      let count = Int(truncatingIfNeeded: length)
      body(unsafe RawSpan(_unsafeStart: UnsafeRawPointer(records + offset + ByteRing.lengthBytes), byteCount: count))
      tail &+= UInt64(ByteRing.lengthBytes &+ (count &+ 7) & ~7)
      unsafe ByteRing.word(control, ByteRing.tailOffset).pointee.store(tail, ordering: .releasing)
      return true
    }
  }
}

/// Bytes that are made once and do not change: a configured name, a prepared header line. It owns them, and reading them
/// costs no reference count. For what the configuration bounds, never for what the network sends.
@safe
public struct FixedBytes: ~Copyable, Sendable {
  private nonisolated(unsafe) let base: UnsafeRawPointer
  public let count: Int

  public init(_ text: String) { self.init(Array(text.utf8)) }

  public init(_ bytes: [UInt8]) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
    unsafe bytes.withUnsafeBytes { source in
      if let address = source.baseAddress { unsafe memory.copyMemory(from: address, byteCount: source.count) }
    }
    unsafe base = UnsafeRawPointer(memory)
    count = bytes.count
  }

  deinit { unsafe base.deallocate() }

  public var bytes: RawSpan {
    @_lifetime(borrow self)
    @inline(__always)
    borrowing get {
      let span = unsafe RawSpan(_unsafeStart: base, byteCount: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// The byte at `index`; an index outside traps. For functions without locks, which cannot end the life of a span.
  public subscript(index: Int) -> UInt8 {
    @_noLocks @inline(__always)
    borrowing get {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      return unsafe base.load(fromByteOffset: index, as: UInt8.self)
    }
  }

  public var isEmpty: Bool { count == 0 }
}

extension ByteWriter {
  /// These take the owner, not a span of it: the compiler proves that a span of one stored property and a change of
  /// another do not overlap only where the property itself is passed.
  @inline(__always)
  public mutating func append(_ fixed: borrowing FixedBytes) { append(fixed.bytes) }

  @inline(__always)
  public mutating func append(_ other: borrowing ByteWriter) { append(other.bytes) }
}

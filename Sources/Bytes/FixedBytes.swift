/// Bytes that are made once and kept, most often for the life of the process: a configured name, a prepared header line.
/// A handle: copying it copies a pointer, reading it costs no reference count. For what configuration bounds, never for
/// what the network sends.
@safe
public struct FixedBytes: Sendable {
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

  public var bytes: RawSpan {
    @_lifetime(immortal)
    @inline(__always)
    get { unsafe _overrideLifetime(RawSpan(_unsafeStart: base, byteCount: count), copying: ()) }
  }

  /// The byte at `index`; an index outside traps. For functions without locks, which cannot end the life of a span.
  public subscript(index: Int) -> UInt8 {
    @_noLocks @inline(__always)
    get {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
      return unsafe base.load(fromByteOffset: index, as: UInt8.self)
    }
  }

  public var isEmpty: Bool { count == 0 }

  /// For an owner that does not live as long as the process. No copy may be read after it.
  public func deallocate() { unsafe base.deallocate() }
}

/// Bytes that are made once and kept for the life of the process: a configured name, a prepared header line. A handle:
/// copying it copies a pointer, reading it costs no reference count. For what configuration bounds, never for what the
/// network sends.
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

  public var isEmpty: Bool { count == 0 }
}

internal import Bytes

/// The memory of a worker's stream buffers. A connection holds a buffer only while bytes are on their way; what it gives
/// back is lent next, still warm in the cache. Memory is made on demand up to `capacity` buffers and then reused, so
/// that nothing is allocated in steady state.
@safe
struct BufferPool: ~Copyable {
  /// Room kept in front of what is received first, for the fields that the proxy adds to a head.
  static let headroom = 2_048

  private let bufferBytes: Int
  private let returned: Slab<UnsafeMutableRawPointer>
  private var returnedCount = 0
  private var made = 0

  init(capacity: Int, bufferBytes: Int) {
    self.bufferBytes = bufferBytes
    unsafe returned = Slab(capacity: capacity)
  }

  deinit {
    for index in 0..<returnedCount { unsafe returned[index].deallocate() }
    unsafe returned.deallocate(initialized: 0)
  }

  /// Gives `buffer` memory unless it has some. False when `capacity` buffers are out.
  @inline(__always)
  mutating func attach(_ buffer: inout StreamBuffer) -> Bool {
    buffer.isAttached || lend(to: &buffer)
  }

  private mutating func lend(to buffer: inout StreamBuffer) -> Bool {
    let memory: UnsafeMutableRawPointer
    if returnedCount > 0 {
      returnedCount &-= 1
      unsafe memory = returned[returnedCount]
    } else {
      guard unsafe made < returned.capacity else { return false }
      made &+= 1
      unsafe memory = UnsafeMutableRawPointer.allocate(byteCount: bufferBytes, alignment: 64)
    }
    let region = unsafe UnsafeMutableRawBufferPointer(start: memory, count: bufferBytes)
    buffer = unsafe StreamBuffer(memory: region, headroom: Self.headroom)
    return true
  }

  /// Takes the memory of `buffer` back, with whatever bytes it held.
  @inline(__always)
  mutating func release(_ buffer: inout StreamBuffer) {
    guard let memory = unsafe buffer.detach() else { return }
    unsafe returned.initialize(returnedCount, to: memory)
    returnedCount &+= 1
  }
}

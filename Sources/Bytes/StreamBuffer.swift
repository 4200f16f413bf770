/// The bytes of one direction of one exchange on their way from a socket to a socket, in one piece of memory that is
/// read into, rewritten in place and sent from:
///
///     0        outStart     outEnd    inStart       inEnd      capacity
///     | headroom  |   ready   |  (gap)   |  received  |   free   |
///                 to be sent             not yet processed
///
/// A message head is parsed where it was received and its rewritten form is laid in front of the body with `prepend`:
/// the first read lands behind `headroom` bytes so that it fits. Body bytes move from received to ready without being
/// copied (`passThrough`) unless framing was cut out before them.
///
/// A buffer owns its memory and cannot be copied, so a span of it ends before its bytes can move. `isAttached` is false
/// while it has none. All offsets are within the capacity by construction: each method clamps or checks.
@safe
public struct StreamBuffer: ~Copyable {
  private var base: UnsafeMutableRawPointer?
  public private(set) var capacity: UInt32 = 0
  private var outLower: UInt32 = 0
  private var outUpper: UInt32 = 0
  private var inLower: UInt32 = 0
  private var inUpper: UInt32 = 0

  /// Without memory.
  public init() { unsafe base = nil }

  /// With memory of `capacity` bytes, empty, and room for `headroom` bytes in front of what is received first.
  public init(capacity: Int, headroom: Int) {
    self.capacity = UInt32(clamping: capacity)
    unsafe base = .allocate(byteCount: Int(self.capacity), alignment: 64)
    reset(headroom: headroom)
  }

  deinit { unsafe base?.deallocate() }

  @inline(__always) public var isAttached: Bool { unsafe base != nil }
  @inline(__always) public var readyCount: Int { Int(outUpper &- outLower) }
  @inline(__always) public var receivedCount: Int { Int(inUpper &- inLower) }
  @inline(__always) public var freeCount: Int { Int(capacity &- inUpper) }
  @inline(__always) public var isEmpty: Bool { outLower == outUpper && inLower == inUpper }

  /// Forgets all bytes.
  @inline(__always)
  public mutating func reset(headroom: Int) {
    let start = min(UInt32(clamping: headroom), capacity)
    (outLower, outUpper, inLower, inUpper) = (start, start, start, start)
  }

  /// Gives up the memory and returns it, for its pool.
  public mutating func detach() -> StreamBuffer {
    var taken = StreamBuffer()
    swap(&self, &taken)
    return taken
  }

  /// What was received and not yet processed.
  public var received: RawSpan {
    @_lifetime(borrow self)
    @inline(__always)
    borrowing get { bytes(at: inLower, count: receivedCount) }
  }

  /// What is ready to be sent.
  public var ready: RawSpan {
    @_lifetime(borrow self)
    @inline(__always)
    borrowing get { bytes(at: outLower, count: readyCount) }
  }

  @_lifetime(borrow self)
  @inline(__always)
  private borrowing func bytes(at offset: UInt32, count: Int) -> RawSpan {
    guard let base = unsafe base else { return unsafe _overrideLifetime(RawSpan(), borrowing: self) }
    let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base) + Int(offset), byteCount: count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  // MARK: Receiving

  /// Where the next received bytes go. `didReceive` says how many came. It must not outlive the next change.
  @inline(__always)
  @unsafe public var free: UnsafeMutableRawBufferPointer {
    guard let base = unsafe base else { return unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    return unsafe UnsafeMutableRawBufferPointer(start: base + Int(inUpper), count: freeCount)
  }

  @inline(__always)
  public mutating func didReceive(_ count: Int) {
    inUpper &+= UInt32(clamping: min(count, freeCount))
  }

  /// Copies `bytes` behind what was received; false, and nothing changed, when they do not fit.
  public mutating func receive(_ bytes: RawSpan) -> Bool {
    guard bytes.byteCount <= freeCount else { return false }
    if let source = unsafe bytes.baseAddress {
      unsafe free.baseAddress?.copyMemory(from: source, byteCount: bytes.byteCount)
    }
    didReceive(bytes.byteCount)
    return true
  }

  public mutating func receive(_ writer: borrowing ByteWriter) -> Bool { receive(writer.bytes) }

  /// Moves all bytes together and to the front, behind `headroom`, so that as much as possible can be received. Bytes
  /// that begin within the headroom stay there.
  public mutating func compact(headroom: Int) {
    guard let base = unsafe base else { return }
    let ready = outUpper &- outLower
    let received = inUpper &- inLower
    let target = min(UInt32(clamping: headroom), ready > 0 ? outLower : inLower)
    if ready > 0 { unsafe memoryMove(base, from: outLower, to: target, count: ready) }
    unsafe memoryMove(base, from: inLower, to: target &+ ready, count: received)
    (outLower, outUpper) = (target, target &+ ready)
    (inLower, inUpper) = (outUpper, outUpper &+ received)
  }

  /// Makes sure that something can be received: starts over when nothing is held, moves to the front when full.
  public mutating func makeRoom(headroom: Int) {
    if isEmpty {
      reset(headroom: headroom)
    } else if freeCount == 0 {
      compact(headroom: headroom)
    }
  }

  @inline(__always)
  private func memoryMove(_ base: UnsafeMutableRawPointer, from: UInt32, to: UInt32, count: UInt32) {
    guard count > 0, from != to else { return }
    unsafe (base + Int(to)).copyMemory(from: base + Int(from), byteCount: Int(count))
  }

  // MARK: Rewriting

  /// Drops the first `count` received bytes.
  @inline(__always)
  public mutating func skip(_ count: Int) {
    inLower &+= UInt32(clamping: min(count, receivedCount))
  }

  /// Makes the first `count` received bytes ready. Without a gap before them nothing is moved in memory.
  @inline(__always)
  public mutating func passThrough(_ count: Int) {
    let passed = UInt32(clamping: min(count, receivedCount))
    if outLower == outUpper {
      outLower = inLower
      outUpper = inLower
    } else if outUpper != inLower, let base = unsafe base {
      unsafe memoryMove(base, from: inLower, to: outUpper, count: passed)
    }
    outUpper &+= passed
    inLower &+= passed
  }

  /// Replaces the first `consumed` received bytes by `head`, ready to be sent, directly in front of what follows them.
  /// False, and nothing changed, when bytes are still to be sent or `head` does not fit between the start of the memory
  /// and the bytes that follow.
  public mutating func replaceHead(consumed: Int, with head: RawSpan) -> Bool {
    let bodyStart = Int(inLower) &+ min(max(consumed, 0), receivedCount)
    guard let base = unsafe base, readyCount == 0, head.byteCount <= bodyStart else { return false }
    let start = bodyStart &- head.byteCount
    if let source = unsafe head.baseAddress {
      unsafe (base + start).copyMemory(from: source, byteCount: head.byteCount)
    }
    outLower = UInt32(clamping: start)
    outUpper = UInt32(clamping: bodyStart)
    inLower = outUpper
    return true
  }

  public mutating func replaceHead(consumed: Int, with head: borrowing ByteWriter) -> Bool {
    replaceHead(consumed: consumed, with: head.bytes)
  }

  // MARK: Sending

  /// Gives up what is ready and was not sent.
  public mutating func dropReady() { outLower = outUpper }

  /// The first `count` ready bytes have been sent.
  @inline(__always)
  public mutating func didSend(_ count: Int) {
    outLower &+= UInt32(clamping: min(count, readyCount))
  }

  /// Makes the last `count` bytes that were sent ready again, to send them to another server. The caller knows that
  /// they were not moved or written over since.
  public mutating func unsend(_ count: Int) {
    outLower &-= min(UInt32(clamping: count), outLower)
  }
}

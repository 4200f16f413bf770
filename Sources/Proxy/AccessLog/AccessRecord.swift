internal import Bytes
internal import Concurrency
internal import Flags
internal import HTTPWire

/// What is known of one request when it has ended, as it goes from the worker to the thread that writes the log: these
/// numbers, followed by the bytes of the parts. Times are in nanoseconds.
struct AccessRecord: BitwiseCopyable, Equatable {
  /// Where the bytes of one part are, counted from the end of the numbers.
  struct Part: BitwiseCopyable, Equatable {
    var offset: UInt16 = 0
    var count: UInt16 = 0
  }

  /// On the monotonic clock.
  var begunAt: UInt64 = 0
  var head: UInt64 = 0
  var queue: UInt64 = 0
  var connect: UInt64 = 0
  /// From the end of the head; 0: there was none.
  var firstByte: UInt64 = 0
  var total: UInt64 = 0
  var generation: UInt64 = 0
  var bytesIn: UInt64 = 0
  var bytesOut: UInt64 = 0
  /// The part of `bytesOut` that heads have.
  var responseHeadBytes: UInt32 = 0
  /// The length before the target was cut.
  var targetLength: UInt32 = 0
  /// -1: not known.
  var bucket: Int32 = -1
  /// 0: no response.
  var status: Int16 = 0
  /// The number of a response of our own (`LocalResponse.all`); -1: none.
  var localResponse: Int16 = -1
  /// -1: none was asked.
  var server: Int16 = -1
  /// The number of the flag; -1: the route has a fixed cohort.
  var flag: Int16 = -1
  var termination: UInt8 = 0
  /// The raw value of a cohort, or `nothing`.
  var cohort: UInt8 = AccessRecord.nothing
  /// The raw value of a `DecisionReason`, or `nothing` on a route with a fixed cohort.
  var reason: UInt8 = AccessRecord.nothing
  var attempts: UInt8 = 0
  var retries: UInt8 = 0
  var minorVersion: UInt8 = 0
  /// The head broke a rule or is incomplete: `target` holds its first line, as far as it came.
  var isMalformed = false
  /// It stands for other successes, which are not logged.
  var isSampled = false
  /// The bytes of all parts.
  var textBytes: UInt16 = 0
  var method = Part()
  var target = Part()
  var requestID = Part()
  var traceID = Part()
  var user = Part()
  var client = Part()
  var referer = Part()
  var agent = Part()

  static let nothing: UInt8 = 0xFF

  /// The most bytes of each part. The parser has a smaller bound for a method.
  static let longestMethod = 32
  static let longestTarget = 1_024
  static let longestID = 128
  static let longestUser = UserKeyReader.longestKey
  static let longestClient = 47
  static let longestField = 512
  static let mostBytes =
    MemoryLayout<AccessRecord>.size + longestMethod + longestTarget + longestID + 32 + longestUser + longestClient
    + 2 * longestField
}

/// A record in the making, in memory of its own: what is known of a request only while its head is in the buffer is kept
/// here until it has ended.
@safe
struct AccessNote: ~Copyable {
  private let base: UnsafeMutableRawPointer

  private static var textOffset: Int { MemoryLayout<AccessRecord>.size }

  init() {
    unsafe base = .allocate(byteCount: AccessRecord.mostBytes, alignment: 64)
    begin()
  }

  deinit { unsafe base.deallocate() }

  var record: AccessRecord {
    unsafeAddress { unsafe UnsafePointer(base.assumingMemoryBound(to: AccessRecord.self)) }
    unsafeMutableAddress { unsafe base.assumingMemoryBound(to: AccessRecord.self) }
  }

  mutating func begin() { unsafe base.storeBytes(of: AccessRecord(), as: AccessRecord.self) }

  /// Adds at most `limit` of the bytes as one part. Each part is added once.
  mutating func append(_ bytes: RawSpan, atMost limit: Int) -> AccessRecord.Part {
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

  /// Copies the record into the ring; a full ring counts it as dropped.
  mutating func send(to ring: inout ByteRing.Writer?) { _ = ring?.write(bytes) }
}

extension AccessNote {
  mutating func note(_ head: RequestHead, _ bytes: RawSpan) {
    record.minorVersion = head.minorVersion
    record.method = append(bytes.extracting(head.methodText), atMost: AccessRecord.longestMethod)
    record.target = append(bytes.extracting(head.target), atMost: AccessRecord.longestTarget)
    record.targetLength = head.target.length
  }

  /// The first Referer and the first User-Agent.
  mutating func noteAgent(_ bytes: RawSpan, _ fields: borrowing FieldTable) {
    for number in 0..<fields.count {
      let name = bytes.extracting(fields[number].name)
      if name.byteCount == 7, record.referer.count == 0, name.equalsIgnoringCase("referer") {
        record.referer = append(bytes.extracting(fields[number].value), atMost: AccessRecord.longestField)
      } else if name.byteCount == 10, record.agent.count == 0, name.equalsIgnoringCase("user-agent") {
        record.agent = append(bytes.extracting(fields[number].value), atMost: AccessRecord.longestField)
      }
    }
  }

  mutating func noteMalformed(_ bytes: RawSpan) {
    var end = 0
    while end < bytes.byteCount, bytes[end] != ASCII.carriageReturn, bytes[end] != ASCII.lineFeed { end &+= 1 }
    record.isMalformed = true
    record.target = append(bytes.extracting(from: 0, to: end), atMost: AccessRecord.longestTarget)
    record.targetLength = UInt32(truncatingIfNeeded: end)
    record.bytesIn = UInt64(truncatingIfNeeded: bytes.byteCount)
  }

  mutating func noteRequestID(_ id: RawSpan) {
    if id.byteCount > 0 { record.requestID = append(id, atMost: AccessRecord.longestID) }
  }

  mutating func noteTraceID(_ id: RawSpan) {
    if id.byteCount > 0 { record.traceID = append(id, atMost: TraceParent.traceID.count) }
  }

  mutating func noteUser(_ user: RawSpan) { record.user = append(user, atMost: AccessRecord.longestUser) }

  mutating func noteClient(_ address: RawSpan) { record.client = append(address, atMost: AccessRecord.longestClient) }
}

extension AccessRecord {
  @inline(__always)
  mutating func fill(_ exchange: Exchange, now: UInt64, flagCount: Int) {
    begunAt = exchange.begunAt
    head = exchange.headNanoseconds
    queue = exchange.queueNanoseconds
    connect = exchange.connectNanoseconds
    if exchange.firstByteAt > 0 { firstByte = max(1, exchange.firstByteAt &- exchange.begunAt) }
    total = now &- exchange.begunAt
    bytesIn &+= UInt64(exchange.requestHeadBytes) &+ exchange.request.byteCount
    bytesOut = exchange.bytesToClient
    responseHeadBytes = exchange.responseHeadBytes
    status = exchange.status
    localResponse = exchange.localResponse
    server = exchange.server
    termination = exchange.termination.rawValue
    attempts = exchange.attempts
    retries = exchange.retries
    guard exchange.isDecided else { return }
    generation = exchange.generation
    cohort = exchange.cohort.rawValue
    flag = exchange.group < flagCount ? Int16(truncatingIfNeeded: exchange.group) : -1
    if let reason = exchange.reason { self.reason = reason.rawValue }
  }
}

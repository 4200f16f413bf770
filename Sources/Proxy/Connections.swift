internal import Bytes
internal import HTTPWire
internal import Reactor

/// A client's connection and the exchange on it. It lives in a slot of the worker's slab; an idle one holds no buffer.
struct ClientConnection: ~Copyable {
  enum Phase: UInt8 {
    case free
    /// Between requests, or reading a head.
    case head
    /// Waiting for a connection to a server.
    case queued
    case connecting
    case exchanging
    /// Sending a response of our own.
    case responding
    /// Dropping the rest of a request body whose response is sent.
    case draining
    /// Our side is closed, the client's not yet.
    case lingering
  }

  var descriptor: Int32 = -1
  /// Counts the uses of the slot: an event with another serial is about an earlier connection.
  var serial: UInt32 = 0
  var phase = Phase.free
  /// What edge-triggered events and short transfers tell of the socket.
  var mayRead = false
  var mayWrite = false
  var hasEnded = false
  /// It has used up its share of a turn of the loop and goes on in the next.
  var isPostponed = false
  /// The slot of the connection it exchanges with, or -1. (`Exchange.server` is the number of the server.)
  var serverConnection: Int32 = -1
  /// The next slot in the list of free ones or in a cohort's queue.
  var next: Int32 = -1
  var previous: Int32 = -1
  /// When the first byte of the head came that is being read; 0 between requests.
  var headBegunAt: UInt64 = 0
  /// Bytes dropped while draining.
  var drained: Int32 = 0
  var peer = PeerAddress()
  /// From the client, to the server.
  var input = StreamBuffer()
  /// From the server, to the client.
  var output = StreamBuffer()
  var exchange = Exchange()
}

// What needs two parts of a connection, or a part of it and one of the worker's tables, is a method here: the compiler
// proves that they do not overlap. Some change nothing and are mutating only for that.
extension ClientConnection {
  mutating func parseRequestHead(_ limits: HeadLimits, _ fields: inout FieldTable) throws(RequestHeadError)
    -> RequestHead?
  {
    try HTTPWire.parseRequestHead(input.received, limits: limits, fields: &fields)
  }

  mutating func parseResponseHead(_ limits: HeadLimits, _ fields: inout FieldTable) throws(ResponseHeadError)
    -> ResponseHead?
  {
    try HTTPWire.parseResponseHead(output.received, answering: exchange.method, limits: limits, fields: &fields)
  }

  mutating func processRequestBody() throws(BodyError) { try exchange.request.process(&input) }

  mutating func processResponseBody() throws(BodyError) { try exchange.response.process(&output) }
}

/// A connection to a server of a cohort. It belongs to the client that it is lent to, or to its server's pool.
struct ServerConnection {
  enum Phase: UInt8 {
    case free
    case connecting
    case lent
    case idle
  }

  var descriptor: Int32 = -1
  var serial: UInt32 = 0
  var phase = Phase.free
  var mayRead = false
  var mayWrite = false
  var hasEnded = false
  /// It has served a request before the present one.
  var isReused = false
  var server: Int32 = 0
  var client: Int32 = -1
  /// Neighbours in the list of free slots or in the server's list of idle connections.
  var next: Int32 = -1
  var previous: Int32 = -1
}

/// What an event is about: which slab, which slot, and which use of the slot.
struct EventToken {
  enum Kind: UInt64 {
    case client = 0
    case server = 1
    case listener = 2
    case wakeup = 3
  }

  let raw: UInt64

  init(_ raw: UInt64) { self.raw = raw }

  init(_ kind: Kind, index: Int = 0, serial: UInt32 = 0) {
    raw = kind.rawValue &<< 62 | UInt64(serial & 0x3FFF_FFFF) &<< 32 | UInt64(UInt32(truncatingIfNeeded: index))
  }

  var kind: UInt64 { raw &>> 62 }
  var index: Int { Int(UInt32(truncatingIfNeeded: raw)) }

  func matches(serial: UInt32) -> Bool {
    UInt32(truncatingIfNeeded: raw &>> 32) & 0x3FFF_FFFF == serial & 0x3FFF_FFFF
  }
}

/// The memory of a worker's stream buffers. A connection holds a buffer only while bytes are on their way; what it gives
/// back is lent next, still warm in the cache. Memory is made on demand up to `capacity` buffers and then reused, so
/// that nothing is allocated in steady state.
struct BufferPool: ~Copyable {
  /// Room kept in front of what is received first, for the fields that the proxy adds to a head.
  static let headroom = 2_048

  private let bufferBytes: Int
  private var returned: Slab<StreamBuffer>
  private var made = 0

  init(capacity: Int, bufferBytes: Int) {
    self.bufferBytes = bufferBytes
    returned = Slab(capacity: capacity)
  }

  /// Gives `buffer` memory unless it has some. False when `capacity` buffers are out.
  @inline(__always)
  mutating func attach(_ buffer: inout StreamBuffer) -> Bool {
    buffer.isAttached || lend(to: &buffer)
  }

  private mutating func lend(to buffer: inout StreamBuffer) -> Bool {
    if returned.count > 0 {
      buffer = returned.removeLast()
      buffer.reset(headroom: Self.headroom)
    } else {
      guard made < returned.capacity else { return false }
      made &+= 1
      buffer = StreamBuffer(capacity: bufferBytes, headroom: Self.headroom)
    }
    return true
  }

  /// Takes the memory of `buffer` back, with whatever bytes it held.
  @inline(__always)
  mutating func release(_ buffer: inout StreamBuffer) {
    guard buffer.isAttached else { return }
    returned.append(buffer.detach())
  }
}

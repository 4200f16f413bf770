internal import Bytes
internal import Reactor

/// A client's connection and the exchange on it. Lives in a slot of the worker's slab; an idle one holds no buffer.
struct ClientConnection {
  enum Phase: UInt8 {
    case free
    /// Between requests, or reading a head.
    case head
    /// Waiting for a connection to a server.
    case queued
    case connecting
    case exchanging
    /// Sending an answer of our own.
    case answering
    /// Dropping the rest of a request body whose answer is sent.
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
  /// The connection it exchanges with, or -1.
  var upstream: Int32 = -1
  /// The next slot in the list of free ones or in a cohort's queue.
  var next: Int32 = -1
  var previous: Int32 = -1
  /// When the first byte of the head came that is being read; 0 between requests.
  var headBegunAt: UInt64 = 0
  /// Bytes dropped while draining.
  var drained: Int32 = 0
  var peer = PeerAddress()
  /// From the client, to the upstream.
  var input = StreamBuffer()
  /// From the upstream, to the client.
  var output = StreamBuffer()
  var exchange = Exchange()
}

/// A connection to a server of a cohort. It belongs to the client that it is lent to, or to its server's pool.
struct UpstreamConnection {
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
    case upstream = 1
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

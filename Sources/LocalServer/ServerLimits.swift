internal import Reactor

/// What the server grants to all clients together and to each of them.
package struct ServerLimits: Sendable, Equatable {
  /// Open connections. At the limit, the one that has stalled longest makes room for the next.
  package var connections = 256
  package var headBytes = 16_384
  package var targetBytes = 8_192
  package var headerFields = 100
  /// Bytes of a request body; a longer one gets status 413.
  package var bodyBytes = 1_048_576
  /// From the first byte of a head to its end.
  package var head = Duration.seconds(10)
  /// From the end of the head to the end of the body.
  package var body = Duration.seconds(10)
  /// Between two requests.
  package var idle = Duration.seconds(60)
  /// For another thread to complete a deferred response; then the client gets status 504.
  package var response = Duration.seconds(10)
  /// While the client takes no byte of its response.
  package var write = Duration.seconds(10)
  /// Connections that follow a feed; one more gets status 503.
  package var subscribers = 64
  /// Bytes of a feed that may wait for one client; beyond that the server closes its connection.
  package var feedBytes = 262_144
  /// Silence of a feed before the server sends a heartbeat.
  package var heartbeat = Duration.seconds(15)
  /// After the server closed its side, for the client to close its own.
  package var linger = Duration.seconds(2)
  /// After `stop`, for responses under way.
  package var stop = Duration.seconds(1)

  package init() {}

  /// Bytes of the trailer section of a chunked body. The server reads and drops it.
  static var trailerBytes: Int { 8_192 }
}

/// What a connection can wait for; each takes equally long for all connections.
enum ServerTimeout: UInt8, CaseIterable {
  case idle, head, body, response, write, linger, heartbeat

  func duration(_ limits: ServerLimits) -> Duration {
    switch self {
    case .idle: limits.idle
    case .head: limits.head
    case .body: limits.body
    case .response: limits.response
    case .write: limits.write
    case .linger: limits.linger
    case .heartbeat: limits.heartbeat
    }
  }
}

/// Connections that pause until a deadline of their own: delayed responses, and the pieces of a stream. Timeouts last
/// equally long and so keep their order by themselves; here each entry is inserted by its deadline. There are at most as
/// many entries as connections.
struct DelayQueue {
  struct Entry: Equatable {
    var due: Deadline
    /// The slot of the connection.
    var index: Int
  }

  /// The latest first, so that the next is taken from the end.
  private var entries: [Entry] = []

  var nextDue: Deadline? { entries.last?.due }

  /// Inserts it behind those with the same deadline.
  mutating func insert(_ entry: Entry) {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].due > entry.due { low = middle + 1 } else { high = middle }
    }
    entries.insert(entry, at: low)
  }

  mutating func takeDue(now: UInt64) -> Entry? {
    guard let next = entries.last, next.due.nanoseconds <= now else { return nil }
    return entries.removeLast()
  }

  /// Removes a closed connection.
  mutating func remove(index: Int) { entries.removeAll { $0.index == index } }
}

/// What the server grants to all clients together and to each of them. Durations are in nanoseconds.
package struct ServerLimits: Sendable, Equatable {
  /// Open at once; one more is closed as soon as it is accepted.
  package var connections = 256
  package var headBytes = 16_384
  package var targetBytes = 8_192
  package var headerFields = 100
  /// Of a request; a longer one is answered 413.
  package var bodyBytes = 1_048_576
  /// From the first byte of a head to its end.
  package var head: UInt64 = 10_000_000_000
  /// From the end of the head to the end of the body.
  package var body: UInt64 = 10_000_000_000
  /// Between two requests.
  package var idle: UInt64 = 60_000_000_000
  /// For a deferred answer to be completed; then it is 504.
  package var answer: UInt64 = 10_000_000_000
  /// Without the client taking a byte of its answer.
  package var write: UInt64 = 10_000_000_000
  /// Connections that listen to a feed; one more is answered 503.
  package var listeners = 64
  /// Of a feed, waiting for a client that does not take it; beyond that it is closed.
  package var feedBytes = 262_144
  /// Without anything posted, before a feed says that it is still there.
  package var heartbeat: UInt64 = 15_000_000_000
  /// After our side was closed, for the client to close its own.
  package var linger: UInt64 = 2_000_000_000
  /// After `stop`, for the answers that are under way.
  package var stop: UInt64 = 1_000_000_000

  package init() {}

  /// Of the trailer section of a chunked body, which is read and forgotten.
  static var trailerBytes: Int { 8_192 }
}

/// What a connection can wait for; each lasts equally long for all connections.
enum ServerTimeout: UInt8, CaseIterable {
  case idle, head, body, answer, write, linger, heartbeat

  func duration(_ limits: ServerLimits) -> UInt64 {
    switch self {
    case .idle: limits.idle
    case .head: limits.head
    case .body: limits.body
    case .answer: limits.answer
    case .write: limits.write
    case .linger: limits.linger
    case .heartbeat: limits.heartbeat
    }
  }
}

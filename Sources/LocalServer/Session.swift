internal import Bytes
internal import HTTPWire

/// What is said on one connection, without the connection: bytes in, requests out, responses in, bytes out.
///
/// `next` says what has to be done; whoever holds the socket does it and asks again:
///
///          receive              handle                send, pause
///     head -------> head, body -------> answering ------------------> head
///       |               |                                |
///       +---- fault ----+---> (a refusal of our own) ----+---> ended   (close)
///                                                        |
///                                                 post   +---> feeding (until the server stops)
///
/// One request at a time: the next is looked at when the answer before it is sent, so pipelined answers come in order
/// and a client that does not read cannot make anything pile up.
final class Session {
  enum Step {
    /// Read into `input`, or wait for bytes until the timeout.
    case receive(ServerTimeout)
    /// Hand the request to the handler and its response to `answer`.
    case handle(Request)
    /// Send `output`.
    case send
    /// Ask again after so long, not earlier.
    case pause(nanoseconds: UInt64)
    /// Wait for what is posted to the feed.
    case listen
    /// Close the connection once the client has read what was sent.
    case end
  }

  enum Phase {
    case head, body, handling, answering, feeding, ended
  }

  let limits: ServerLimits
  let peer: Peer
  var fields: FieldTable
  var phase = Phase.head
  var input: StreamBuffer
  var output = Output()
  /// The client will send no more.
  private(set) var hasEnded = false
  /// No request after the present one.
  private(set) var isStopping = false

  /// The request that is being read.
  var request: Request?
  var decoder: BodyDecoder
  /// How its answer is written.
  var context = AnswerContext()
  /// What is left of the answer, the next part last.
  var pieces: [Response.Piece] = []
  var hasPaused = false
  /// Behind the pieces comes what is posted.
  var isFeeding = false

  /// Behind the longest head there is room for any line of a body (`BodyDecoder`).
  private static let spareBytes = 4_096

  init(limits: ServerLimits, peer: Peer) {
    self.limits = limits
    self.peer = peer
    input = StreamBuffer(capacity: limits.headBytes + Self.spareBytes, headroom: 0)
    fields = FieldTable(capacity: limits.headerFields)
    decoder = BodyDecoder(framing: .none, keepsChunkFraming: false, limit: 0, trailerLimit: 0)
  }

  /// Between two requests, or before the first.
  var isIdle: Bool { phase == .head && output.isEmpty && input.receivedCount == 0 }

  /// What to do now. `date` is the value of Date for an answer that may begin.
  func next(date: String) -> Step {
    context.date = date
    while output.isEmpty {
      switch phase {
      case .head, .body:
        if let step = read() { return step }
      case .answering:
        if let step = continueAnswer() { return step }
      case .feeding: return hasEnded ? .end : .listen
      case .handling, .ended: return .end
      }
    }
    return .send
  }

  /// The client will send no more; it may still read.
  func inputEnded() { hasEnded = true }

  /// The request under way is the last.
  func stop() {
    isStopping = true
    context.keepsAlive = false
    endFeed()
  }

  /// A timeout that a step named has passed. True: there is an answer to that. False: the connection is given up.
  func expire(_ timeout: ServerTimeout) -> Bool {
    switch timeout {
    case .head: refuse(408, "The request head did not arrive in time.")
    case .body: refuse(408, "The request body did not arrive in time.")
    case .answer: answer(.refusal(504, "The answer was not ready in time; what was asked for may still happen."))
    case .idle, .write, .linger, .heartbeat: return false
    }
    return true
  }
}

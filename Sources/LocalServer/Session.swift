internal import Bytes
internal import HTTPWire

/// The HTTP exchange on one connection, without the connection: bytes in, requests out, responses in, bytes out.
///
/// `next` says what to do; the owner of the socket does it and asks again:
///
///          receive              handle                send, pause
///     head -------> head, body -------> responding ------------------> head
///       |               |                                |
///       +---- error ----+---> (a refusal) ---------------+---> ended   (close)
///                                                        |
///                                                 post   +---> feeding (until the server stops)
///
/// It handles one request at a time and reads the next one after the response is sent. So pipelined responses keep their
/// order, and a client that does not read cannot pile up work.
final class Session {
  enum Step {
    /// Read into `input`, or wait for bytes until the timeout.
    case receive(ServerTimeout)
    /// Give the request to the handler and its response to `respond`.
    case handle(Request)
    /// Send `output`.
    case send
    /// Ask again after this long.
    case pause(Duration)
    /// Wait for posts to the feed.
    case awaitFeed
    /// Close the connection once the client has read everything.
    case end
  }

  enum Phase {
    case head, body, handling, responding, feeding, ended
  }

  let limits: ServerLimits
  let peer: Peer
  var fields: FieldTable
  var phase = Phase.head
  var input: StreamBuffer
  var output = Output()
  /// The client sends no more.
  private(set) var hasEnded = false
  /// The present request is the last.
  private(set) var isStopping = false

  /// The request that is being read.
  var request: Request?
  var decoder: BodyDecoder
  /// How its response is written.
  var context = ResponseContext()
  /// What is left of the response, the next part last.
  private var pieces: [Response.Piece] = []
  private var hasPaused = false
  /// Posts to the feed follow the pieces.
  private var isFeeding = false

  /// Room behind the longest head for any line of a body (`BodyDecoder`).
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

  /// What to do now. `date` is the value of Date for a response that begins.
  func next(date: String) -> Step {
    context.date = date
    while output.isEmpty {
      switch phase {
      case .head, .body:
        if let step = read() { return step }
      case .responding:
        if let step = continueResponse() { return step }
      case .feeding: return hasEnded ? .end : .awaitFeed
      case .handling, .ended: return .end
      }
    }
    return .send
  }

  /// The client sends no more; it may still read.
  func inputEnded() { hasEnded = true }

  /// Makes the request under way the last.
  func stop() {
    isStopping = true
    context.keepsAlive = false
    endFeed()
  }

  /// A timeout that a step named has passed. True: a response follows. False: close the connection.
  func expire(_ timeout: ServerTimeout) -> Bool {
    switch timeout {
    case .head: refuse(408, "The request head did not arrive in time.")
    case .body: refuse(408, "The request body did not arrive in time.")
    case .response: respond(.refusal(504, "The response was not ready in time; the request may still take effect."))
    case .idle, .write, .linger, .heartbeat: return false
    }
    return true
  }

  // MARK: Responses

  /// Begins the handler's response to the request that `next` returned.
  func respond(_ response: Response) {
    if response.needsClose(minorVersion: context.minorVersion) { context.keepsAlive = false }
    pieces = response.wirePieces(context).reversed()
    hasPaused = false
    if case .feed = response.body { isFeeding = !context.isHead && !isStopping }
    phase = .responding
  }

  /// Refuses a malformed request. The connection ends, because the beginning of the next request is unknown.
  func refuse(_ status: Int, _ explanation: StaticString) {
    request = nil
    context = ResponseContext(date: context.date)
    respond(.refusal(status, explanation))
  }

  /// Nil when a piece is ready to send, or the response is complete.
  private func continueResponse() -> Step? {
    guard let piece = pieces.last else {
      phase = isFeeding ? .feeding : context.keepsAlive ? .head : .ended
      return nil
    }
    if piece.delay > .zero, !hasPaused {
      hasPaused = true
      return .pause(piece.delay)
    }
    hasPaused = false
    pieces.removeLast()
    output.append(piece.bytes)
    return nil
  }

  /// Adds a post of the feed. False when the client is too slow for it.
  func post(_ bytes: [UInt8]) -> Bool {
    let pending = pieces.reduce(output.unsentCount) { $0 + $1.bytes.count }
    guard pending + bytes.count <= limits.feedBytes else { return false }
    add(context.minorVersion == 1 ? Response.chunk(bytes) : bytes)
    return true
  }

  /// Ends the response behind what was posted.
  private func endFeed() {
    guard isFeeding else { return }
    isFeeding = false
    add(context.minorVersion == 1 ? Response.lastChunk : [])
  }

  private func add(_ bytes: [UInt8]) {
    pieces.insert(Response.Piece(after: .zero, bytes), at: 0)
    if phase == .feeding { phase = .responding }
  }
}

/// Bytes on their way to a client.
struct Output {
  private var bytes: [UInt8] = []
  private var sentCount = 0

  var isEmpty: Bool { sentCount == bytes.count }

  var unsentCount: Int { bytes.count - sentCount }

  mutating func append(_ added: [UInt8]) {
    if isEmpty {
      bytes = added
      sentCount = 0
    } else {
      bytes += added
    }
  }

  mutating func didSend(_ count: Int) { sentCount += min(max(count, 0), bytes.count - sentCount) }

  func withUnsent<Result>(_ body: (RawSpan) -> Result) -> Result {
    unsafe body(bytes.span.bytes.extracting(from: sentCount, to: bytes.count))
  }
}

internal import HTTPWire

/// What a handler sends back.
package struct Response: Sendable, Equatable {
  package enum Body: Sendable, Equatable {
    case whole([UInt8])
    /// Sent one by one, each after its delay, in chunks (RFC 9112 7.1): an event stream with an end.
    case pieces([Piece])
    /// These bytes, and then what is posted to the feed until the server stops: an event stream without an end.
    case feed(Feed, first: [UInt8])
  }

  package struct Piece: Sendable, Equatable {
    /// After the end of the piece before it.
    package var delay: Duration
    package var bytes: [UInt8]

    package init(after delay: Duration, _ bytes: [UInt8]) {
      self.delay = delay
      self.bytes = bytes
    }
  }

  package var status: Int
  package var contentType: String
  /// The server adds Content-Type, Content-Length, Date and Connection. It sends control characters in a value as spaces.
  package var headers: [Header]
  package var body: Body
  /// How long the server waits before it sends the first byte. No thread blocks.
  package var delay = Duration.zero

  package init(status: Int = 200, contentType: String, headers: [Header] = [], body: Body) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = body
  }

  package static func text(_ text: String, status: Int = 200) -> Response {
    Response(status: status, contentType: "text/plain; charset=utf-8", body: .whole(Array(text.utf8)))
  }

  package static func json(_ bytes: [UInt8], status: Int = 200) -> Response {
    Response(status: status, contentType: "application/json", body: .whole(bytes))
  }

  /// The server's own response to a request that no handler sees. The explanation must need no JSON escapes.
  static func refusal(_ status: Int, _ explanation: StaticString) -> Response {
    json(Array("{\"error\":\"\(explanation)\"}\n".utf8), status: status)
  }
}

/// What decides how a response is written, besides the response.
struct ResponseContext {
  /// The minor version of the request: 0 or 1.
  var minorVersion: UInt8 = 1
  /// A response to HEAD has the head of one to GET and no body (RFC 9110 9.3.2).
  var isHead = false
  var keepsAlive = false
  /// The value of Date.
  var date = ""
}

// The bytes of a response.
extension Response {
  /// How the client finds the end of the body (RFC 9112 6.3).
  private enum Framing: Equatable {
    case none
    case length(Int)
    case chunked
    case untilClose
  }

  /// Whether only the end of the connection shows the end of this response.
  func needsClose(minorVersion: UInt8) -> Bool {
    if case .feed = body { return true }
    return framing(minorVersion: minorVersion) == .untilClose
  }

  private func framing(minorVersion: UInt8) -> Framing {
    if status == 204 || status == 304 { return .none }
    return switch body {
    case .whole(let bytes): .length(bytes.count)
    case .pieces, .feed: minorVersion == 1 ? .chunked : .untilClose
    }
  }

  /// The bytes to send, each part after its delay.
  func wirePieces(_ context: ResponseContext) -> [Piece] {
    let framing = framing(minorVersion: context.minorVersion)
    var head = Piece(after: delay, headBytes(framing, context))
    if context.isHead || framing == .none { return [head] }
    switch body {
    case .whole(let bytes):
      head.bytes += bytes
      return [head]
    case .pieces(let pieces):
      guard framing == .chunked else { return [head] + pieces }
      return [head] + pieces.compactMap(Self.chunk) + [Piece(after: .zero, Self.lastChunk)]
    case .feed(_, let first):
      return [head] + [Piece(after: .zero, first)].compactMap { framing == .chunked ? Self.chunk($0) : $0 }
    }
  }

  /// Nil for an empty piece: a chunk of size 0 would end the body.
  private static func chunk(_ piece: Piece) -> Piece? {
    guard !piece.bytes.isEmpty else { return nil }
    return Piece(after: piece.delay, chunk(piece.bytes))
  }

  static func chunk(_ bytes: [UInt8]) -> [UInt8] {
    Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
  }

  static let lastChunk = Array("0\r\n\r\n".utf8)

  private func headBytes(_ framing: Framing, _ context: ResponseContext) -> [UInt8] {
    var head = Array("HTTP/1.1 \(status) \(reasonPhrase(of: status))\r\nDate: \(context.date)\r\n".utf8)
    if framing != .none { Self.append("Content-Type", contentType, to: &head) }
    switch framing {
    case .none, .untilClose: break
    case .length(let count): Self.append("Content-Length", "\(count)", to: &head)
    case .chunked: Self.append("Transfer-Encoding", "chunked", to: &head)
    }
    for header in headers { Self.append(header.name, header.value, to: &head) }
    if !context.keepsAlive {
      Self.append("Connection", "close", to: &head)
    } else if context.minorVersion == 0 {
      Self.append("Connection", "keep-alive", to: &head)
    }
    head += "\r\n".utf8
    return head
  }

  /// Replaces control characters by spaces, so that no value begins another line (RFC 9110 5.5).
  private static func append(_ name: String, _ value: String, to head: inout [UInt8]) {
    head += "\(name): ".utf8
    head += value.utf8.lazy.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
    head += "\r\n".utf8
  }
}

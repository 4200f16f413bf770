internal import HTTPWire

/// What decides how a response is written, besides the response.
struct AnswerContext {
  /// Of the request: 0 or 1.
  var minorVersion: UInt8 = 1
  /// An answer to HEAD has the head of one to GET and no body (RFC 9110 9.3.2).
  var isHead = false
  var keepsAlive = false
  /// The value of Date.
  var date = ""
}

extension Response {
  /// How the end of the body is told (RFC 9112 6.3).
  private enum Framing: Equatable {
    case none
    case length(Int)
    case chunked
    case untilClose
  }

  /// Whether the connection has to be closed behind this answer for the client to see its end.
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
  func wirePieces(_ context: AnswerContext) -> [Piece] {
    let framing = framing(minorVersion: context.minorVersion)
    var head = Piece(after: delayNanoseconds, headBytes(framing, context))
    if context.isHead || framing == .none { return [head] }
    switch body {
    case .whole(let bytes):
      head.bytes += bytes
      return [head]
    case .pieces(let pieces):
      guard framing == .chunked else { return [head] + pieces }
      return [head] + pieces.compactMap(Self.chunk) + [Piece(after: 0, Self.lastChunk)]
    case .feed(_, let first):
      return [head] + [Piece(after: 0, first)].compactMap { framing == .chunked ? Self.chunk($0) : $0 }
    }
  }

  /// An empty piece is none: a chunk of size 0 would end the body.
  private static func chunk(_ piece: Piece) -> Piece? {
    guard !piece.bytes.isEmpty else { return nil }
    return Piece(after: piece.delayNanoseconds, chunk(piece.bytes))
  }

  static func chunk(_ bytes: [UInt8]) -> [UInt8] {
    Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
  }

  static let lastChunk = Array("0\r\n\r\n".utf8)

  private func headBytes(_ framing: Framing, _ context: AnswerContext) -> [UInt8] {
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

  /// No value can begin another line: what must not stand in one becomes a space (RFC 9110 5.5).
  private static func append(_ name: String, _ value: String, to head: inout [UInt8]) {
    head += "\(name): ".utf8
    head += value.utf8.lazy.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }
    head += "\r\n".utf8
  }
}

import Glibc
import Synchronization

/// One end of a connection, a client's or an upstream's: sends exactly the bytes it is given, takes messages apart as
/// they come. Used on one thread.
package final class WireConnection {
  private var descriptor: Int32
  /// Received and not yet taken.
  private var received: [UInt8] = []
  private let recording: Recording?
  /// Keeps alive what the connection needs: the proxy behind it.
  private let owner: AnyObject?
  package var patience = 10.0

  package init(_ descriptor: Int32, recording: Recording? = nil, owner: AnyObject? = nil) {
    self.descriptor = descriptor
    self.recording = recording
    self.owner = owner
    WireSocket.set(Int32(TCP_NODELAY), to: 1, of: descriptor, level: Int32(IPPROTO_TCP))
  }

  deinit { closeNow() }

  package static func connect(to port: UInt16, receiveBuffer: Int32? = nil, owner: AnyObject? = nil) throws
    -> WireConnection
  {
    let descriptor = socket(AF_INET, WireSocket.stream, 0)
    if let receiveBuffer { WireSocket.set(SO_RCVBUF, to: receiveBuffer, of: descriptor) }
    guard WireSocket.connectLoopback(descriptor, port: port) == 0 else {
      close(descriptor)
      throw WireError.refused
    }
    return WireConnection(descriptor, owner: owner)
  }

  package static func connect(to path: String) throws -> WireConnection {
    let descriptor = socket(AF_UNIX, WireSocket.stream, 0)
    guard WireSocket.connect(descriptor, path: path) == 0 else {
      close(descriptor)
      throw WireError.refused
    }
    return WireConnection(descriptor)
  }

  // MARK: Sending

  /// Sends the pieces one by one, with a pause between two, so that each arrives alone.
  package func send(_ pieces: String...) throws(WireError) {
    for (number, piece) in pieces.enumerated() {
      if number > 0 { pause(.milliseconds(20)) }
      try send(bytes: Array(piece.utf8))
    }
  }

  package func send(bytes: [UInt8]) throws(WireError) {
    guard WireSocket.send(bytes, to: descriptor) else { throw .reset([]) }
  }

  // MARK: Receiving

  /// A whole head; nil when the peer closed in good order before its first byte.
  package func readHead() throws(WireError) -> WireHead? {
    while true {
      if let end = received.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound { return WireHead(take(end)) }
      do { try receiveMore() } catch {
        guard case .closed = error, received.isEmpty else { throw error }
        return nil
      }
    }
  }

  package func readBody(_ framing: WireFraming) throws(WireError) -> WireBody {
    switch framing {
    case .none: return WireBody()
    case .length(let count): return WireBody(bytes: try read(count))
    case .chunked: return try readChunks()
    case .untilClose:
      let (bytes, end) = readToEnd()
      guard end == .closed else { throw .reset(bytes) }
      return WireBody(bytes: bytes)
    }
  }

  private func readChunks() throws(WireError) -> WireBody {
    var body = WireBody()
    while true {
      let line = try readLine()
      body.chunkLines.append(line)
      guard let size = Int(line.prefix { $0 != ";" }, radix: 16) else { throw .malformed(line) }
      if size == 0 { break }
      body.bytes += try read(size)
      guard try readLine().isEmpty else { throw .malformed("no CRLF behind a chunk") }
    }
    while true {
      let line = try readLine()
      if line.isEmpty { return body }
      body.trailers.append(line)
    }
  }

  package func readLine() throws(WireError) -> String {
    while true {
      if let end = received.firstRange(of: [0x0D, 0x0A])?.upperBound {
        return String(decoding: take(end).dropLast(2), as: UTF8.self)
      }
      try receiveMore()
    }
  }

  package func read(_ count: Int) throws(WireError) -> [UInt8] {
    while received.count < count { try receiveMore() }
    return take(count)
  }

  /// All that comes until the peer ends the connection, and how it does.
  package func readToEnd() -> (bytes: [UInt8], end: WireEnd) {
    while true {
      do { try receiveMore() } catch { return (take(received.count), error.end) }
    }
  }

  /// What comes within a time, for a peer that is expected to go on waiting.
  package func readDuring(_ seconds: Double) -> [UInt8] {
    let usual = patience
    patience = seconds
    defer { patience = usual }
    return readToEnd().bytes
  }

  private func receiveMore() throws(WireError) {
    switch WireSocket.receive(from: descriptor, within: patience) {
    case .bytes(let bytes):
      recording?.append(bytes)
      received += bytes
    case .closed: throw .closed(received)
    case .reset: throw .reset(received)
    case .silent: throw .silent(received)
    }
  }

  private func take(_ count: Int) -> [UInt8] {
    defer { received.removeFirst(count) }
    return Array(received.prefix(count))
  }

  // MARK: Volumes

  /// Sends so many bytes of no interest.
  package func sendVolume(_ count: Int) throws(WireError) {
    let piece = [UInt8](repeating: 0x2E, count: 262_144)
    var left = count
    while left > 0 {
      try send(bytes: left < piece.count ? Array(piece.prefix(left)) : piece)
      left -= piece.count
    }
  }

  /// Sends bytes of no interest until the peer has taken none for a while, and tells how many it took.
  package func sendUntilHeldBack(atMost count: Int) -> Int {
    let piece = [UInt8](repeating: 0x2E, count: 262_144)
    var sent = 0
    while sent < count, WireSocket.waitWritable(descriptor, within: 0.5) {
      let result = Glibc.send(
        descriptor, piece, min(piece.count, count - sent), Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      if result > 0 { sent += result } else if errno != EAGAIN { break }
    }
    return sent
  }

  /// Receives and drops so many bytes.
  package func skipVolume(_ count: Int) throws(WireError) {
    var left = count - take(min(count, received.count)).count
    while left > 0 {
      switch WireSocket.receive(from: descriptor, atMost: min(left, 262_144), within: patience) {
      case .bytes(let bytes): left -= bytes.count
      case .closed: throw .closed([])
      case .reset: throw .reset([])
      case .silent: throw .silent([])
      }
    }
  }

  // MARK: Ending

  package func shutdownSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  package func closeNow() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  package func resetNow() {
    if descriptor >= 0 { WireSocket.reset(descriptor) }
    descriptor = -1
  }
}

extension WireConnection {
  /// A whole response; interim ones (1xx) are for `readHead`.
  package func readResponse(to method: String = "GET") throws -> WireResponse {
    guard let head = try readHead() else { throw WireError.closed([]) }
    return WireResponse(head: head, body: try readBody(.response(head, to: method)))
  }

  /// Sends a request and reads its response.
  package func ask(_ request: String) throws -> WireResponse {
    try send(request)
    return try readResponse(to: String(request.prefix { $0 != " " }))
  }

  package func get(_ target: String = "/", user: String? = nil) throws -> WireResponse {
    try ask("GET \(target) HTTP/1.1\r\nHost: a\r\n\(user.map { "X-User-Id: \($0)\r\n" } ?? "")\r\n")
  }

  /// How the connection ended, with nothing more on it: `closed` in good order, by `reset`, or not at all (`silent`).
  package func end(within seconds: Double = 10) -> WireEnd {
    patience = seconds
    let (bytes, end) = readToEnd()
    return bytes.isEmpty ? end : .malformed
  }
}

/// The bytes that one connection received, readable from other threads.
package final class Recording: Sendable {
  private let storage = Mutex<[UInt8]>([])

  package init() {}

  package func append(_ bytes: [UInt8]) { storage.withLock { $0 += bytes } }

  package var bytes: [UInt8] { storage.withLock { $0 } }
}

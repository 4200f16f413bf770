internal import Bytes
internal import Glibc
internal import HTTPWire
internal import Reactor

/// A client for one thread: one connection at a time, kept between requests, and a time for each of them by which it is
/// over. Clear text only.
@safe
package final class HTTPSession {
  /// Of one body, in bytes: more than a scrape of a large proxy.
  static let bodyLimit = 16 << 20
  private static let limits = HeadLimits()
  /// Behind the longest head there is room for any line of a body (`BodyDecoder`).
  private static let bufferBytes = limits.headBytes + 16_384

  package let place: HTTPEndpoint
  private let memory: UnsafeMutableRawBufferPointer
  private var input: StreamBuffer
  private var fields = FieldTable(capacity: 100)
  /// The socket that is kept between requests; nil when there is none.
  private var socket: Int32?
  /// Of the request under way.
  private var limit = TimeLimit(nanoseconds: 0)

  package init(to place: HTTPEndpoint) {
    self.place = place
    unsafe memory = .allocate(byteCount: Self.bufferBytes, alignment: 64)
    input = unsafe StreamBuffer(memory: memory, headroom: 0)
  }

  deinit {
    close()
    unsafe memory.deallocate()
  }

  /// The next request goes over a new connection, as that of a page that was loaded anew does.
  package func close() {
    if let socket { Socket.close(socket) }
    socket = nil
  }

  /// Asks and reads the answer to its end. After a fault the next request opens a new connection.
  package func ask(_ question: HTTPRequest, timeoutNanoseconds: UInt64) throws(HTTPFault) -> HTTPResponse {
    limit = TimeLimit(nanoseconds: timeoutNanoseconds)
    do throws(HTTPFault) {
      let number = try connect()
      input.reset(headroom: 0)
      try send(question.bytes(for: place), number)
      return try readAnswer(number, question.method == "HEAD" ? .head : .post)
    } catch {
      close()
      throw error
    }
  }

  // MARK: The connection

  private func connect() throws(HTTPFault) -> Int32 {
    // A peer that has closed meanwhile is not asked: a message must not be sent twice.
    if let socket, Socket.isQuiet(socket) { return socket }
    var fault = HTTPFault.unreachable("no address")
    for target in try resolve() {
      close()
      do throws(HTTPFault) { return try connect(to: target) } catch { fault = error }
    }
    throw fault
  }

  private func resolve() throws(HTTPFault) -> [SocketAddress] {
    do throws(ResolveError) { return try SocketAddress.resolveAll(host: place.host, port: place.port) } catch {
      throw .unreachable(error.description)
    }
  }

  private func connect(to target: SocketAddress) throws(HTTPFault) -> Int32 {
    let number: Int32
    do throws(SystemError) { number = try Socket.connect(to: target) } catch { throw unreachable(error) }
    socket = number
    try wait(number, Int32(POLLOUT))
    if let error = Socket.connectError(number) { throw unreachable(error) }
    return number
  }

  private func unreachable(_ error: SystemError) -> HTTPFault {
    .unreachable(unsafe String(cString: strerror(error.code)))
  }

  private func wait(_ number: Int32, _ events: Int32) throws(HTTPFault) {
    while true {
      let left = limit.remaining
      guard left > 0 else { throw .timedOut(milliseconds: Int(clamping: limit.allowedNanoseconds / 1_000_000)) }
      var entry = pollfd(fd: number, events: Int16(truncatingIfNeeded: events), revents: 0)
      if unsafe poll(&entry, 1, Int32(clamping: left / 1_000_000 + 1)) > 0 { return }
    }
  }

  // MARK: The exchange

  private func send(_ request: [UInt8], _ number: Int32) throws(HTTPFault) {
    var sent = 0
    while sent < request.count {
      switch unsafe Socket.send(number, bytes: request.span.bytes.extracting(sent..<request.count)) {
      case .moved(let count): sent += count
      case .wouldBlock: try wait(number, Int32(POLLOUT))
      // What the peer had to say before it closed is still read.
      case .ended, .failed: return
      }
    }
  }

  private func readAnswer(_ number: Int32, _ method: HTTPWire.Method) throws(HTTPFault) -> HTTPResponse {
    while true {
      let head = try readHead(number, method)
      var answer = HTTPResponse(status: head.status, body: [], lines: lines)
      input.skip(head.length)
      // 100 Continue and its kin come before the answer.
      if head.status < 200 { continue }
      try readBody(head.framing, number, into: &answer.body)
      if !head.keepsAlive { close() }
      return answer
    }
  }

  private func readHead(_ number: Int32, _ method: HTTPWire.Method) throws(HTTPFault) -> ResponseHead {
    while true {
      do throws(ResponseHeadError) {
        let head = try parseResponseHead(input.received, answering: method, limits: Self.limits, fields: &fields)
        if let head { return head }
      } catch {
        throw .broken("what answers there does not speak HTTP/1.1: \(error.explanation)")
      }
      guard try receive(number) else {
        throw .broken(
          input.receivedCount == 0 ? "it closed the connection without an answer" : "its answer is not whole")
      }
    }
  }

  private var lines: [String] {
    (0..<fields.count).map { "\(text(fields[$0].name)): \(text(fields[$0].value))" }
  }

  private func text(_ range: ByteRange) -> String {
    unsafe input.received.extracting(range).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }

  private func readBody(_ framing: BodyFraming, _ number: Int32, into body: inout [UInt8]) throws(HTTPFault) {
    var decoder = BodyDecoder(
      framing: framing, keepsChunkFraming: false, limit: UInt64(Self.bodyLimit), trailerLimit: 8_192)
    while true {
      do throws(BodyError) {
        try decoder.process(&input)
        if input.readyCount > 0 {
          unsafe input.ready.withUnsafeBytes { unsafe body.append(contentsOf: $0) }
          input.dropReady()
        }
        if decoder.isComplete { return }
      } catch {
        throw .broken(error == .tooLarge ? "its answer is larger than 16 MiB" : "\(error.explanation)")
      }
      if try receive(number) { continue }
      do throws(BodyError) { try decoder.inputEnded() } catch { throw .broken("its answer is not whole") }
      return
    }
  }

  /// False at the end of what the peer sends.
  private func receive(_ number: Int32) throws(HTTPFault) -> Bool {
    input.makeRoom(headroom: 0)
    while true {
      switch Socket.receive(number, into: &input) {
      case .moved: return true
      case .wouldBlock: try wait(number, Int32(POLLIN))
      case .ended, .failed: return false
      }
    }
  }
}

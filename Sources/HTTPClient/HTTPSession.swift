internal import Bytes
internal import Glibc
internal import HTTPWire
internal import Reactor

/// The HTTP client for control traffic: admin ports, monitoring, test messages. For one thread; at most one connection,
/// kept open between requests. One deadline covers connecting, writing and reading; the head of a response has at most
/// 16 KiB and 100 fields.
///
/// Resolving a host name may exceed the deadline: the system's resolver has timeouts of its own.
package final class HTTPSession {
  private static let limits = HeadLimits()
  /// After the longest head there is room for any line of a body (`BodyDecoder`).
  private static let bufferBytes = limits.headBytes + 16_384

  package let endpoint: HTTPEndpoint
  private let maximumBodyBytes: Int
  private var input: StreamBuffer
  private var fields = FieldTable(capacity: 100)
  /// Kept between requests; nil when no connection is open.
  private var socket: Int32?
  /// The time allowed for the request under way, and its end.
  private var timeout = Duration.zero
  private var deadline = Deadline.never

  /// - Parameter maximumBodyBytes: 16 MiB is more than a scrape of a large proxy.
  package init(to endpoint: HTTPEndpoint, maximumBodyBytes: Int = 16 << 20) {
    self.endpoint = endpoint
    self.maximumBodyBytes = maximumBodyBytes
    input = StreamBuffer(capacity: Self.bufferBytes, headroom: 0)
  }

  deinit { close() }

  /// The next request opens a new connection, like a page that is loaded again.
  package func close() {
    if let socket { Socket.close(socket) }
    socket = nil
  }

  /// Sends a request and reads the whole response. After an error the next request opens a new connection.
  package func send(_ request: HTTPRequest, timeout: Duration) throws(HTTPError) -> HTTPResponse {
    self.timeout = timeout
    deadline = Deadline(after: timeout)
    do throws(HTTPError) {
      let number = try connect()
      input.reset(headroom: 0)
      try write(request.bytes(to: endpoint), number)
      return try readResponse(number, request.method == "HEAD" ? .head : .post)
    } catch {
      close()
      throw error
    }
  }

  // MARK: The connection

  private func connect() throws(HTTPError) -> Int32 {
    // A connection that the peer has closed meanwhile is not used: a message must not be sent twice.
    if let socket, Socket.isQuiet(socket) { return socket }
    var last = HTTPError.unreachable("no address")
    for address in try resolve() {
      close()
      do throws(HTTPError) { return try connect(to: address) } catch { last = error }
    }
    throw last
  }

  private func resolve() throws(HTTPError) -> [SocketAddress] {
    switch endpoint.address {
    case .tcp(let host, let port):
      do throws(ResolveError) { return try SocketAddress.resolveAll(host: host, port: port) } catch {
        throw .unreachable(error.description)
      }
    case .unix(let path):
      guard let address = SocketAddress.unix(path: path) else {
        throw .unreachable("the path of a socket has 1 to 107 bytes")
      }
      return [address]
    }
  }

  private func connect(to address: SocketAddress) throws(HTTPError) -> Int32 {
    let number: Int32
    do throws(SystemError) { number = try Socket.connect(to: address) } catch { throw unreachable(error) }
    socket = number
    try wait(for: POLLOUT, number)
    if let error = Socket.connectError(number) { throw unreachable(error) }
    return number
  }

  private func unreachable(_ error: SystemError) -> HTTPError {
    .unreachable(unsafe String(cString: strerror(error.code)))
  }

  private func wait(for events: Int32, _ number: Int32) throws(HTTPError) {
    guard deadline.wait(for: events, on: number) else { throw .timedOut(timeout) }
  }

  // MARK: The exchange

  private func write(_ request: [UInt8], _ number: Int32) throws(HTTPError) {
    var sent = 0
    while sent < request.count {
      switch unsafe Socket.send(number, bytes: request.span.bytes.extracting(sent..<request.count)) {
      case .moved(let count): sent += count
      case .wouldBlock: try wait(for: POLLOUT, number)
      // The peer may have sent a response before it closed.
      case .ended, .failed: return
      }
    }
  }

  private func readResponse(_ number: Int32, _ method: HTTPWire.Method) throws(HTTPError) -> HTTPResponse {
    while true {
      let head = try readHead(number, method)
      var response = HTTPResponse(status: head.status, fields: headFields, body: [])
      input.skip(head.length)
      // Interim responses such as 100 Continue come before the final one.
      if head.status < 200 { continue }
      try readBody(head.framing, number, into: &response.body)
      if !head.keepsAlive { close() }
      return response
    }
  }

  private func readHead(_ number: Int32, _ method: HTTPWire.Method) throws(HTTPError) -> ResponseHead {
    while true {
      do throws(ResponseHeadError) {
        let head = try input.parseHead(method, Self.limits, &fields)
        if let head { return head }
      } catch {
        throw .invalidResponse("the peer does not speak HTTP/1.1: \(error.explanation)")
      }
      guard try receive(number) else {
        throw input.receivedCount == 0 ? .closed : .invalidResponse("its response is incomplete")
      }
    }
  }

  private var headFields: [HTTPField] {
    (0..<fields.count).map { HTTPField(input.text(fields[$0].name), input.text(fields[$0].value)) }
  }

  private func readBody(_ framing: BodyFraming, _ number: Int32, into body: inout [UInt8]) throws(HTTPError) {
    var decoder = BodyDecoder(
      framing: framing, keepsChunkFraming: false, limit: UInt64(maximumBodyBytes), trailerLimit: 8_192)
    while true {
      do throws(BodyError) { try decoder.process(&input) } catch { throw invalid(error) }
      if input.readyCount > 0 {
        body += input.readyBytes
        input.dropReady()
      }
      if decoder.isComplete { return }
      if try receive(number) { continue }
      do throws(BodyError) { try decoder.inputEnded() } catch { throw invalid(error) }
      return
    }
  }

  private func invalid(_ error: BodyError) -> HTTPError {
    switch error {
    case .tooLarge: .invalidResponse("its response is larger than \(NumberText.bytes(maximumBodyBytes))")
    case .endedEarly: .invalidResponse("its response is incomplete")
    default: .invalidResponse("its response is invalid: \(error.explanation)")
    }
  }

  /// False at the end of what the peer sends.
  private func receive(_ number: Int32) throws(HTTPError) -> Bool {
    input.makeRoom(headroom: 0)
    while true {
      switch Socket.receive(number, into: &input) {
      case .moved: return true
      case .wouldBlock: try wait(for: POLLIN, number)
      case .ended, .failed: return false
      }
    }
  }
}

extension HTTPEndpoint {
  /// Sends one request over a connection of its own.
  package func send(_ request: HTTPRequest, timeout: Duration) throws(HTTPError) -> HTTPResponse {
    var request = request
    request.fields.append(HTTPField("Connection", "close"))
    return try HTTPSession(to: self).send(request, timeout: timeout)
  }

  /// The body of a 200, as text.
  package func get(_ target: String, timeout: Duration) throws(HTTPError) -> String {
    let response = try send(HTTPRequest("GET", target), timeout: timeout)
    guard response.status == 200 else {
      throw .invalidResponse("it responds to \(target) with status \(response.status)")
    }
    return response.text
  }
}

// What reads a span of the buffer is a method of the buffer: a span of a stored property of a class ends with the access.
extension StreamBuffer {
  fileprivate func parseHead(
    _ method: HTTPWire.Method, _ limits: HeadLimits, _ fields: inout FieldTable
  ) throws(ResponseHeadError) -> ResponseHead? {
    try parseResponseHead(received, answering: method, limits: limits, fields: &fields)
  }

  fileprivate func text(_ range: ByteRange) -> String {
    unsafe received.extracting(range).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }

  fileprivate var readyBytes: [UInt8] { unsafe ready.withUnsafeBytes { unsafe Array($0) } }
}

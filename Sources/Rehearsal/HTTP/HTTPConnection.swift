internal import Glibc
internal import Reactor

/// A socket that is waited for, until a moment.
struct HTTPConnection: ~Copyable {
  /// 16 MiB: more than a scrape of a large proxy.
  static let largestAnswer = 16 << 20

  private let socket: Descriptor

  /// Tries each address of the host in turn, within the whole time.
  static func open(to place: HTTPPlace, _ limit: TimeLimit) throws(HTTPFault) -> HTTPConnection {
    let addresses: [SocketAddress]
    do throws(ResolveError) { addresses = try SocketAddress.resolveAll(host: place.host, port: place.port) } catch {
      throw .unreachable(error.description)
    }
    var fault = HTTPFault.unreachable("no address")
    for address in addresses {
      do throws(HTTPFault) { return try open(to: address, limit) } catch { fault = error }
    }
    throw fault
  }

  private static func open(to address: SocketAddress, _ limit: TimeLimit) throws(HTTPFault) -> HTTPConnection {
    let number: Int32
    do throws(SystemError) { number = try Socket.connect(to: address) } catch { throw unreachable(error.code) }
    let connection = HTTPConnection(socket: Descriptor(owning: number))
    try connection.wait(for: POLLOUT, limit)
    if let fault = Socket.connectFault(number) { throw unreachable(fault.code) }
    return connection
  }

  borrowing func send(_ bytes: [UInt8], _ limit: TimeLimit) throws(HTTPFault) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { part in
        unsafe Glibc.send(socket.number, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 { rest = rest.dropFirst(count) } else { try pause(for: POLLOUT, limit) }
    }
  }

  /// What the peer sends next; empty at its end.
  borrowing func read(_ limit: TimeLimit) throws(HTTPFault) -> ArraySlice<UInt8> {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe recv(socket.number, &chunk, chunk.count, 0)
      if count >= 0 { return chunk[..<count] }
      try pause(for: POLLIN, limit)
    }
  }

  /// After a call that returned -1.
  private borrowing func pause(for events: Int32, _ limit: TimeLimit) throws(HTTPFault) {
    let code = errno
    guard code != EINTR else { return }
    guard code == EAGAIN else { throw Self.unreachable(code) }
    try wait(for: events, limit)
  }

  private borrowing func wait(for events: Int32, _ limit: TimeLimit) throws(HTTPFault) {
    while true {
      let left = limit.remaining
      guard left > 0 else { throw .timedOut(milliseconds: Int(clamping: limit.allowedNanoseconds / 1_000_000)) }
      var entry = pollfd(fd: socket.number, events: Int16(truncatingIfNeeded: events), revents: 0)
      if unsafe poll(&entry, 1, Int32(clamping: left / 1_000_000 + 1)) > 0 { return }
    }
  }

  private static func unreachable(_ code: Int32) -> HTTPFault { .unreachable(unsafe String(cString: strerror(code))) }
}

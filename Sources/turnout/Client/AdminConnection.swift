import Glibc
import Reactor

/// A socket that is waited for, until a deadline.
struct AdminConnection: ~Copyable {
  /// More is no answer of ours.
  static let largestAnswer = 16 << 20

  private let socket: Descriptor
  private let deadline: UInt64

  private init(socket: consuming Descriptor, deadline: UInt64) {
    self.socket = socket
    self.deadline = deadline
  }

  static func open(to place: AdminEndpoint, deadline: UInt64) throws(AdminError) -> AdminConnection {
    let connection = AdminConnection(socket: Descriptor(owning: try begin(place)), deadline: deadline)
    try connection.finishConnecting()
    return connection
  }

  private borrowing func finishConnecting() throws(AdminError) {
    try wait(for: Int16(POLLOUT))
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    _ = unsafe getsockopt(socket.number, SOL_SOCKET, SO_ERROR, &code, &length)
    guard code == 0 else { throw Self.unreachable(code) }
  }

  private static func begin(_ place: AdminEndpoint) throws(AdminError) -> Int32 {
    let address = try place.resolve()
    do throws(SystemError) { return try Socket.connect(to: address) } catch { throw unreachable(error.code) }
  }

  borrowing func send(_ bytes: [UInt8]) throws(AdminError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { part in
        unsafe Glibc.send(socket.number, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 { rest = rest.dropFirst(count) } else { try pause(for: Int16(POLLOUT)) }
    }
  }

  /// All that the peer sends until it closes.
  borrowing func readToEnd() throws(AdminError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= Self.largestAnswer {
      let count = unsafe recv(socket.number, &chunk, chunk.count, 0)
      if count == 0 { return bytes }
      if count > 0 { bytes += chunk[..<count] } else { try pause(for: Int16(POLLIN)) }
    }
    throw .unexpected("what answers there sends more than a status of Turnout")
  }

  /// After a call that returned -1.
  private borrowing func pause(for events: Int16) throws(AdminError) {
    let code = errno
    guard code != EINTR else { return }
    guard code == EAGAIN else { throw Self.unreachable(code) }
    try wait(for: events)
  }

  private borrowing func wait(for events: Int16) throws(AdminError) {
    while true {
      let now = MonotonicClock.now()
      guard now < deadline else { throw Self.unreachable(ETIMEDOUT) }
      var entry = pollfd(fd: socket.number, events: events, revents: 0)
      let milliseconds = Int32(clamping: (deadline - now + 999_999) / 1_000_000)
      if unsafe poll(&entry, 1, milliseconds) > 0 { return }
    }
  }

  private static func unreachable(_ code: Int32) -> AdminError {
    .unreachable(code == ETIMEDOUT ? "no answer in time" : unsafe String(cString: strerror(code)))
  }
}

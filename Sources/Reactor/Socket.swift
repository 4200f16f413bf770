public import Bytes
internal import CLinux
internal import Glibc

/// The result of a read or write of a non-blocking socket.
public enum Transfer: Equatable, Sendable {
  case moved(Int)
  case wouldBlock
  /// The peer has closed its side; only for reads.
  case ended
  case failed
}

/// Calls on stream sockets: TCP and unix. A socket is its descriptor number: the slot that holds it closes it.
public enum Socket {
  /// Reads once into the free space of `buffer`, which is not empty.
  @inline(__always)
  public static func receive(_ number: Int32, into buffer: inout StreamBuffer) -> Transfer {
    let free = unsafe buffer.free
    let count = retryingInterrupted { unsafe clinux_recv(number, free.baseAddress, free.count, 0) }
    if count > 0 {
      buffer.didReceive(count)
      return .moved(count)
    }
    if count == 0 { return .ended }
    return errno == EAGAIN ? .wouldBlock : .failed
  }

  /// Sends once what is ready in `buffer`, which is not empty.
  @inline(__always)
  public static func send(_ number: Int32, from buffer: inout StreamBuffer) -> Transfer {
    let address = unsafe buffer.ready.baseAddress
    let length = buffer.readyCount
    let count = retryingInterrupted { unsafe transmit(number, address, length) }
    if count >= 0 {
      buffer.didSend(count)
      return .moved(count)
    }
    return errno == EAGAIN ? .wouldBlock : .failed
  }

  @inline(__always)
  private static func transmit(_ number: Int32, _ address: UnsafeRawPointer?, _ length: Int) -> Int {
    unsafe clinux_send(number, address, length, Int32(MSG_NOSIGNAL))
  }

  /// Whether nothing has arrived that was not read, and the peer is still there.
  public static func isQuiet(_ number: Int32) -> Bool {
    var byte: UInt8 = 0
    let flags = Int32(MSG_PEEK | MSG_DONTWAIT)
    return retryingInterrupted { unsafe clinux_recv(number, &byte, 1, flags) } == -1 && errno == EAGAIN
  }

  /// Begins to connect. The socket becomes writable when the attempt succeeds or fails.
  public static func connect(to address: SocketAddress) throws(SystemError) -> Int32 {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let number = socket(address.family, type, 0)
    guard number >= 0 else { throw .last("socket") }
    if address.family != AF_UNIX { setOption(number, level: Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
    let result = unsafe address.withPointer { unsafe Glibc.connect(number, $0, $1) }
    if result == 0 || errno == EINPROGRESS { return number }
    let error = SystemError.last("connect")
    _ = Glibc.close(number)
    throw error
  }

  /// Whether a connection attempt that has ended succeeded.
  public static func isConnected(_ number: Int32) -> Bool { connectError(number) == nil }

  /// Why a connection attempt that has ended failed; nil when it succeeded.
  public static func connectError(_ number: Int32) -> SystemError? {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return .last("connect") }
    return code == 0 ? nil : SystemError("connect", code: code)
  }

  /// Accepts one connection that does not block, or nil with `errno` when there is none.
  public static func accept(_ listener: Int32) -> (number: Int32, peer: PeerAddress)? {
    var storage = sockaddr_storage()
    let number = unsafe clinux_accept(listener, &storage)
    return number >= 0 ? (number, PeerAddress(storage)) : nil
  }

  /// The user whose process is at the other end of a Unix socket, as it was when it connected; nil for another socket.
  public static func peerUser(_ number: Int32) -> UInt32? { UInt32(exactly: clinux_peer_user(number)) }

  /// Sends no more; what was sent still arrives.
  public static func shutdownSending(_ number: Int32) { _ = shutdown(number, Int32(SHUT_WR)) }

  public static func close(_ number: Int32) { _ = Glibc.close(number) }

  /// Closes so that the peer sees a reset: what was sent is not a whole message and must not look like one.
  public static func reset(_ number: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    _ = unsafe setsockopt(number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    _ = Glibc.close(number)
  }

  /// How much the kernel keeps of what was sent and has not arrived; it takes twice as much.
  package static func limitSendBuffer(_ number: Int32, bytes: Int32) { setOption(number, SO_SNDBUF, bytes) }

  static func setOption(_ number: Int32, level: Int32 = SOL_SOCKET, _ name: Int32, _ value: Int32) {
    var value = value
    _ = unsafe setsockopt(number, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }
}

import CLinux
import Glibc

/// The system calls of the harness: blocking sockets on loopback, reads with a time limit.
package enum WireSocket {
  package static let stream = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)

  package enum Received {
    case bytes([UInt8])
    case closed
    case reset
    /// Nothing came in time.
    case silent
  }

  package static func bindLoopback(_ descriptor: Int32, port: UInt16) -> Int32 {
    withLoopback(port) { bind(descriptor, $0, $1) }
  }

  package static func connectLoopback(_ descriptor: Int32, port: UInt16) -> Int32 {
    withLoopback(port) { Glibc.connect(descriptor, $0, $1) }
  }

  package static func connect(_ descriptor: Int32, path: String) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  private static func withLoopback(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  package static func localPort(_ descriptor: Int32) -> UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  package static func set(_ option: Int32, to value: Int32, of descriptor: Int32, level: Int32 = SOL_SOCKET) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Nil when the listener was shut down.
  package static func accept(from listener: Int32) -> Int32? {
    var peer = sockaddr_storage()
    let number = clinux_accept(listener, &peer)
    guard number >= 0 else { return nil }
    _ = fcntl(number, F_SETFL, 0)
    return number
  }

  /// False when the peer is gone.
  package static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  package static func receive(from descriptor: Int32, atMost size: Int = 65_536, within seconds: Double) -> Received {
    guard waitReadable(descriptor, within: seconds) else { return .silent }
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      let result = recv(descriptor, buffer.baseAddress, size, 0)
      failed = result < 0
      count = max(result, 0)
    }
    return failed ? .reset : bytes.isEmpty ? .closed : .bytes(bytes)
  }

  package static func waitReadable(_ descriptor: Int32, within seconds: Double) -> Bool {
    var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&interest, 1, Int32(seconds * 1_000)) > 0
  }

  package static func waitWritable(_ descriptor: Int32, within seconds: Double) -> Bool {
    var interest = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&interest, 1, Int32(seconds * 1_000)) > 0
  }

  /// Closes with RST.
  package static func reset(_ descriptor: Int32) {
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    close(descriptor)
  }
}

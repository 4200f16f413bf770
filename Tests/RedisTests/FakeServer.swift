import Foundation
import Glibc
import TestSupport

/// Answers whatever it is sent with bytes of the test's choice: first what opening a connection needs, then `pieces`,
/// with a pause behind each so that they arrive one by one. It serves one connection.
struct FakeServer {
  let port: UInt16

  init(greeting: String = "+OK\r\n", pieces: [[UInt8]], staysOpen: Bool = true) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
        bind(listener, name, length) == 0 && Glibc.listen(listener, 1) == 0 ? getsockname(listener, name, &length) : -1
      }
    }
    guard result == 0 else { throw POSIXError(.EADDRINUSE) }
    port = UInt16(bigEndian: address.sin_port)
    // Nobody may come.
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    Thread.detachNewThread { Self.serve(listener, [Array(greeting.utf8)], pieces, staysOpen) }
  }

  var address: String { "redis://127.0.0.1:\(port)" }

  private static func serve(_ listener: Int32, _ greeting: [[UInt8]], _ pieces: [[UInt8]], _ staysOpen: Bool) {
    defer { close(listener) }
    let connection = accept(listener, nil, nil)
    guard connection >= 0 else { return }
    defer { close(connection) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    for answer in [greeting, pieces] {
      guard recv(connection, &buffer, buffer.count, 0) > 0 else { return }
      for piece in answer {
        _ = send(connection, piece, piece.count, Int32(MSG_NOSIGNAL))
        usleep(200)
      }
    }
    // Until the client has gone.
    while staysOpen, recv(connection, &buffer, buffer.count, 0) > 0 {}
  }
}

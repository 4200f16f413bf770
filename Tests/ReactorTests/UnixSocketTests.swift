import Foundation
import Glibc
import Reactor
import Testing

@Suite struct UnixSocketTests {
  @Test("A unix socket is connected to by its path")
  func connecting() throws {
    let path = "/tmp/turnout-unix-\(UUID().uuidString)"
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    let isBound = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    defer { unlink(path) }
    try #require(isBound && listen(listener, 1) == 0)
    let client = try Socket.connect(to: try #require(SocketAddress.unix(path: path)))
    defer { Socket.close(client) }
    let server = accept(listener, nil, nil)
    defer { Socket.close(server) }
    #expect(Socket.isConnected(client))
    #expect(sent(client, "hello") == .moved(5))
    var bytes = [UInt8](repeating: 0, count: 8)
    #expect(Socket.receive(server, into: &bytes) == .moved(5))
    #expect(bytes == Array("hello".utf8) + [0, 0, 0])
  }

  @Test("Without a socket at the path, the error says so")
  func nobody() throws {
    let address = try #require(SocketAddress.unix(path: "/nonexistent/socket"))
    let error = #expect(throws: SystemError.self) { try Socket.connect(to: address) }
    #expect(error?.code == ENOENT)
  }

  @Test("A path is 1 to 107 bytes without zero")
  func paths() {
    #expect(SocketAddress.unix(path: String(repeating: "a", count: 107))?.family == AF_UNIX)
    for path in ["", String(repeating: "a", count: 108), "/a\0b"] { #expect(SocketAddress.unix(path: path) == nil) }
  }
}

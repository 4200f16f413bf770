import Glibc
import Reactor
import Testing

@Suite struct SocketAddressTests {
  @Test(
    "A literal address is taken as it is",
    arguments: [("127.0.0.1", AF_INET), ("192.0.2.7", AF_INET), ("::1", AF_INET6)])
  func literals(host: String, family: Int32) throws {
    #expect(try SocketAddress.resolve(host: host, port: 80).family == family)
  }

  @Test("A name that the system knows is resolved")
  func localhost() throws {
    let family = try SocketAddress.resolve(host: "localhost", port: 1).family
    #expect(family == AF_INET || family == AF_INET6)
  }

  @Test("All addresses of a name begin with the one that stands for it")
  func everyAddress() throws {
    let all = try SocketAddress.resolveAll(host: "localhost", port: 1)
    #expect(try all.first?.family == SocketAddress.resolve(host: "localhost", port: 1).family)
    #expect(try SocketAddress.resolveAll(host: "127.0.0.1", port: 1).count == 1)
  }

  @Test("What is no name is an error that says which", arguments: ["a..b", "[::1]", "::g", "with space.."])
  func unknown(host: String) throws {
    let error = try #require(throws: ResolveError.self) { try SocketAddress.resolve(host: host, port: 80) }
    #expect(error.host == host)
    #expect(!error.reason.isEmpty)
    #expect(error.description == "cannot resolve \"\(host)\": \(error.reason)")
  }
}

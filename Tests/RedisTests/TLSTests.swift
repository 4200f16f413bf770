import Redis
import TLS
import TestSupport
import Testing

@Suite(.startsPrograms) struct TLSTests {
  private static func server(_ certificates: Certificates) throws -> RedisServer {
    var options = RedisServerOptions()
    options.tls = certificates
    return try RedisServer(options)
  }

  @Test(
    "A server whose certificate is right is talked to, by name and by address", arguments: ["localhost", "127.0.0.1"])
  func right(host: String) throws {
    let certificates = try Certificates()
    let server = try Self.server(certificates)
    let tls = try TLSClientContext(authorities: certificates.authority)
    var redis = try connect(server.address(host: host), tls: tls)
    let value = [UInt8](repeating: 65, count: 1_000_000)
    try redis.command("SET", "key", RedisWord(value))
    #expect(try redis.command("GET", "key") == .bytes(value))
    try redis.send("SUBSCRIBE", "news")
    #expect(try redis.awaitMessage()?.elements?.first?.text == "subscribe")
    #expect(try redis.nextMessage() == nil)
    try server.cli("PUBLISH", "news", "one")
    #expect(try redis.awaitMessage() == values("message", "news", "one"))
  }

  @Test("Writing to a server that is gone raises no signal")
  func gone() throws {
    let certificates = try Certificates()
    let server = try Self.server(certificates)
    var redis = try connect(server.address(), tls: TLSClientContext(authorities: certificates.authority))
    server.kill()
    let value = RedisWord([UInt8](repeating: 65, count: 4_000_000))
    let error = failure { () throws(RedisError) in try redis.command("SET", "key", value) }
    #expect(error == .closed(place: redis.place))
  }

  @Test("A certificate of another authority is not trusted; nor is one when only the system's authorities count")
  func wrongAuthority() throws {
    let server = try Self.server(try Certificates())
    let others = try Certificates()
    let other = try TLSClientContext(authorities: others.authority)
    for context in [other, nil] {
      let error = try openingError(server.address(), tls: context)
      guard case .insecure(_, let reason)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(reason.contains("is not trusted"))
      #expect(reason.contains("CA file"))
    }
  }

  @Test(
    "A certificate for another host is not trusted",
    arguments: [
      ("DNS:redis.example", "localhost", "hostname mismatch"), ("DNS:localhost", "127.0.0.1", "IP address mismatch"),
    ])
  func wrongHost(names: String, host: String, reason: String) throws {
    let certificates = try Certificates(names: [names])
    let server = try Self.server(certificates)
    let error = try openingError(server.address(host: host), tls: TLSClientContext(authorities: certificates.authority))
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  @Test("TLS to a port that does not speak it, and the other way round, end with what to check")
  func mixed() throws {
    let plain = try RedisServer()
    // Redis takes the handshake for the beginning of a line and waits for its end.
    let error = try openingError("rediss://127.0.0.1:\(plain.port)", milliseconds: 300)
    #expect(error == .timedOut(place: "rediss://127.0.0.1:\(plain.port)/0", milliseconds: 300))
    #expect(error?.description.contains("whether the port expects TLS") == true)
    let fake = try FakeServer(greeting: "SSH-2.0-OpenSSH_9.2\r\n", pieces: [])
    let handshake = try openingError("rediss://127.0.0.1:\(fake.port)")
    #expect(handshake?.description.contains("Check that the port expects TLS") == true)
    let encrypted = try Self.server(try Certificates())
    let other = try openingError("redis://127.0.0.1:\(encrypted.port)")
    #expect(other?.description.contains("perhaps the port expects TLS") == true, "\(String(describing: other))")
  }

  @Test("A file of authorities that is no such thing is named")
  func authorities() {
    for (path, reason) in [("/nonexistent/ca.pem", "No such file"), ("/etc/hostname", "no certificate")] {
      let error = #expect(throws: TLSError.self) { try TLSClientContext(authorities: path) }
      let text = error?.description ?? ""
      #expect(text.contains("\"\(path)\""), "\(text)")
      #expect(text.contains(reason), "\(text)")
    }
  }
}

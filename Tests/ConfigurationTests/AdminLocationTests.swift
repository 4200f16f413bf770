import Foundation
import Proxy
import Testing

@testable import Configuration

@Suite("Where the admin API is, whatever else is wrong in the file")
struct AdminLocationTests {
  private func locate(_ text: String, _ overrides: Overrides = Overrides()) throws -> AdminLocation {
    var found: AdminLocation?
    try withTemporaryFolder { folder in
      try text.write(toFile: folder + "/turnout.yaml", atomically: true, encoding: .utf8)
      found = try AdminLocation(file: folder + "/turnout.yaml", overrides: overrides)
    }
    return try #require(found)
  }

  @Test(
    "No mistake elsewhere hides it",
    arguments: [
      "", "flags: redis://:p@host:x\n", "flags: [a]\n", "flgs: a\n", "flags: \"redis://\n", "flags: {a\n",
      "\tcohorts: x\n", "workers: banana\n", "banana: 1\n", "flags: a\nflags: b\n", "kill_grace: x: y\n",
    ])
  func elsewhere(mistake: String) throws {
    let found = try locate("admin: 127.0.0.1:7\n" + mistake + "state: /var/lib/t\n")
    #expect(try found.port() == Endpoint(host: "127.0.0.1", port: 7))
    #expect(found.socket == "/var/lib/t/admin.sock")
    #expect(found.tokenFile == "/var/lib/t/admin.token")
    #expect((found.passedOver > 0) == !mistake.isEmpty)
  }

  @Test(
    "A mistake in the place itself leaves open the port alone",
    arguments: ["admin: x\n", "admn: 127.0.0.1:7\n"])
  func port(mistake: String) throws {
    let found = try locate(mistake + "state: /s\n")
    #expect(throws: ConfigurationError.self) { _ = try found.port() }
    #expect(found.socket == "/s/admin.sock")
    var overrides = Overrides()
    overrides.admin = .init("127.0.0.1:8", from: .option("--admin"))
    #expect(try locate(mistake, overrides).port() == Endpoint(host: "127.0.0.1", port: 8))
  }

  @Test("A mistake in the folder of the state leaves open the socket and the token")
  func state() throws {
    let found = try locate("stat: /s\nadmin: 127.0.0.1:7\n")
    #expect(try found.port().port == 7)
    #expect(found.socket == nil)
    #expect(found.tokenFile == nil)
    var overrides = Overrides()
    overrides.state = .init("/given", from: .option("--state"))
    #expect(try locate("stat: /s\n", overrides).socket == "/given/admin.sock")
  }

  @Test("Without the file a place must be given")
  func missing() throws {
    #expect(throws: ConfigurationError.self) { try AdminLocation(file: "/nowhere/t.yaml", overrides: Overrides()) }
    var overrides = Overrides()
    overrides.state = .init("/given", from: .option("--state"))
    #expect(try AdminLocation(file: "/nowhere/t.yaml", overrides: overrides).socket == "/given/admin.sock")
    overrides.flags = .init("redis://x:y:z", from: .variable("TURNOUT_FLAGS"))
    #expect(try AdminLocation(file: nil, overrides: overrides).problems.isEmpty)
  }
}

import Conversations
import Diagnostics
import TestSupport
import Testing

@Suite("The checks of the Redis server", .startsPrograms)
struct ServerCheckTests {
  private func checks(_ place: ContextLocation) throws -> [DiagnosticCheck] {
    ServerChecks.all(SharedContextsState(place, try Layout.standard), scanTimeout: .seconds(20))
  }

  private func findings(_ server: RedisServer) throws -> [CheckOutcome] {
    CheckRunner.run(try checks(try server.place())).map(\.outcome)
  }

  @Test("pass for a primary with room and an append-only file")
  func good() throws {
    var options = RedisServerOptions()
    options.appendOnly = true
    options.more = ["--maxmemory", "100mb"]
    let found = try findings(try RedisServer(options))
    #expect(found.map(\.status) == [.pass, .pass, .pass], "\(found)")
    #expect(found[1].found.contains("of 100.0 MiB, noeviction"))
  }

  @Test("name the primary of a replica")
  func replica() throws {
    let server = try RedisServer()
    try server.cli("REPLICAOF", "127.0.0.1", "1")
    expectFailed(try findings(server)[0], found: "is a replica", advice: "127.0.0.1:1")
    expectFailed(finding(RightsCheck.check(try server.place())), found: "READONLY", advice: "primary")
  }

  @Test("ask for room for both layouts of all contexts, and warn of a policy that drops contexts")
  func memory() throws {
    var options = RedisServerOptions()
    options.more = ["--maxmemory", "10mb"]
    let server = try RedisServer(options)
    #expect(try findings(server)[1].found.hasSuffix("no legacy contexts to migrate"))
    // More than 5 MiB with the server's own: half as much again has room, both layouts of 4 MiB or more have none.
    for user in 1...16 { try server.cli("SETRANGE", "chat:customer:\(user)", "262143", "x") }
    let full = try findings(server)[1]
    #expect(full.found.contains("of 10.0 MiB, noeviction; a full migration adds about"), "\(full)")
    expectFailed(full, found: "(16 legacy keys x ", advice: "Raise maxmemory")
    #expect(full.found.contains("KiB x 2.5)"), "\(full)")
    #expect(full.advice?.contains("--stage") == true, "\(full)")
    try server.cli("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
    let evicting = try findings(server)[1]
    #expect(evicting.status == .warn, "\(evicting)")
    #expect(evicting.advice?.contains("too little room") == true, "\(evicting)")
    try server.cli("CONFIG", "SET", "maxmemory", "100mb")
    try server.cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    let warned = try findings(server)
    #expect(warned[1].status == .warn, "\(warned)")
    #expect(warned[1].advice?.hasPrefix("When memory is full") == true, "\(warned)")
    #expect(warned[2].status == .warn)
    #expect(warned[2].advice?.contains("appendonly") == true)
  }

  @Test("fail where nobody listens, each with what to do")
  func dead() throws {
    for result in CheckRunner.run(try checks(try deadPlace()) + [RightsCheck.check(try deadPlace())]) {
      expectFailed(result.outcome, found: "cannot connect", advice: "Check the address")
    }
  }

  @Test("pass for the rights that the documentation lists, and leave no key behind")
  func documentedRights() throws {
    var options = RedisServerOptions()
    options.users = [try Repository.documentedRights(of: "contexts")]
    let server = try RedisServer(options)
    let found = finding(RightsCheck.check(try server.place("contexts:secret")))
    #expect(found.status == .pass, "\(found)")
    #expect(try server.cli("DBSIZE") == "0")
  }

  @Test(
    "name what is refused",
    arguments: [
      ("-scan", "SCAN: NOPERM"), ("-pexpire", "pexpire"), ("-unlink", "unlink"), ("-eval -evalsha", "eval"),
    ])
  func missing(_ rule: String, _ named: String) throws {
    var options = RedisServerOptions()
    options.users = [try Repository.documentedRights(of: "contexts") + " " + rule]
    let server = try RedisServer(options)
    let found = finding(RightsCheck.check(try server.place("contexts:secret")))
    #expect(found.found.lowercased().contains(named.lowercased()), "\(found)")
    expectFailed(found, found: " ", advice: "docs/redis.md")
    #expect(try server.cli("DBSIZE") == "0")
  }
}

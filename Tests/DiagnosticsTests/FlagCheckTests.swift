import Conversations
import Diagnostics
import FlagStore
import Flags
import Foundation
import Redis
import TestSupport
import Testing

@Suite("The rehearsal of a rollback", .startsPrograms)
struct FlagCheckTests {
  private func checks(_ place: FlagLocation, _ source: any FlagSource) -> [CheckOutcome] {
    let checks = FlagChecks(
      location: place, source: source, name: "UNIFIED_CONVERSATION_ENABLED", admin: nil, author: "anna@edge-1",
      origin: "cli on edge-1")
    return CheckRunner.run(checks.all).map(\.outcome)
  }

  private func redis(_ server: RedisServer, _ credentials: String? = nil) throws -> RedisFlagLocation {
    RedisFlagLocation(address: try RedisAddress(parsing: server.address(credentials: credentials)))
  }

  @Test("on Redis leaves flag and trail as they were, and no key")
  func onRedis() throws {
    let server = try RedisServer()
    try server.cli("SET", "UNIFIED_CONVERSATION_ENABLED", "0")
    let place = try redis(server)
    let found = checks(.redis(place), RedisFlags(place))
    #expect(found.map(\.status) == [.pass, .pass], "\(found)")
    #expect(found[1].found.contains("UNIFIED_CONVERSATION_ENABLED untouched"), "\(found)")
    #expect(try server.cli("KEYS", "*") == "UNIFIED_CONVERSATION_ENABLED")
    #expect(try server.cli("GET", "UNIFIED_CONVERSATION_ENABLED") == "0")
  }

  @Test("on Redis has an expiry on every key from the first write on")
  func expiry() throws {
    let server = try RedisServer()
    let scratch = try ScratchFlag(beside: .redis(try redis(server)))
    for edit in [FlagEdit.set(try Percentage(10)), .kill(), .restore] {
      _ = try scratch.source.change(flag: ScratchFlag.name, edit, signed: Signature(by: "a", from: "b"))
      let keys = try server.cli("KEYS", "*").split(separator: "\n").map(String.init)
      #expect(keys.count == 3, "\(keys)")
      #expect(keys.allSatisfy { $0.hasPrefix("turnout:drill:") }, "\(keys)")
      for key in keys { #expect(try (1...60).contains(Int(server.cli("TTL", key)) ?? -1), "\(key)") }
    }
    try scratch.remove()
    #expect(try server.cli("DBSIZE") == "0")
  }

  @Test("on Redis says who may not write, and that nobody is there")
  func refused() throws {
    var options = RedisServerOptions()
    options.users = ["reader on >secret ~* &* +@read +@connection +@transaction"]
    let server = try RedisServer(options)
    try server.cli("SET", "UNIFIED_CONVERSATION_ENABLED", "10")
    let place = try redis(server, "reader:secret")
    let found = checks(.redis(place), RedisFlags(place))
    #expect(found[0].status == .warn, "\(found)")
    expectFailed(found[1], found: "NOPERM", advice: "ACL")
    let dead = RedisFlagLocation(address: try deadPlace().address)
    for finding in checks(.redis(dead), RedisFlags(dead)) {
      expectFailed(finding, found: "cannot connect", advice: "Check")
    }
  }

  @Test("on a file leaves the folder as it was, without what an earlier crash has left")
  func onFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/flags.json"
    try #"{ "UNIFIED_CONVERSATION_ENABLED": 0 }"#.write(toFile: path, atomically: true, encoding: .utf8)
    let (old, new) = (folder.path + "/.turnout-drill-1-1.json", folder.path + "/.turnout-drill-2-2.json")
    for leftover in [old, new] { try "{}".write(toFile: leftover, atomically: true, encoding: .utf8) }
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -7_200)], ofItemAtPath: old)
    let found = checks(.file(path), FlagFile(path))
    #expect(found.map(\.status) == [.pass, .pass], "\(found)")
    // The other drill may still be running.
    #expect(folder.names == [".turnout-drill-2-2.json", "flags.json"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == #"{ "UNIFIED_CONVERSATION_ENABLED": 0 }"#)
  }

  @Test("of a file says what is wrong with it")
  func badFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/flags.json"
    for finding in checks(.file(path), FlagFile(path)) { #expect(finding.status == .fail && finding.advice != nil) }
    try "{".write(toFile: path, atomically: true, encoding: .utf8)
    expectFailed(checks(.file(path), FlagFile(path))[0], found: "flags.json", advice: "turnout check")
  }

  @Test("warns of a flag that sends users to unified already")
  func begun() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/flags.json"
    try #"{ "UNIFIED_CONVERSATION_ENABLED": 0.001 }"#.write(toFile: path, atomically: true, encoding: .utf8)
    let found = checks(.file(path), FlagFile(path))
    #expect(found[0].status == .warn, "\(found)")
    #expect(found[0].advice?.contains("turnout set 0") == true, "\(found)")
  }

  @Test("warns of a flag that is killed")
  func killed() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/flags.json"
    try #"{ "UNIFIED_CONVERSATION_ENABLED": { "percentage": 10, "enabled": false } }"#
      .write(toFile: path, atomically: true, encoding: .utf8)
    let found = checks(.file(path), FlagFile(path))
    #expect(found[0].status == .warn, "\(found)")
    #expect(found[0].advice?.contains("turnout restore") == true, "\(found)")
  }
}

import Conversations
import Diagnostics
import Foundation
import TestSupport
import Testing

@Suite("The backup of Redis", .startsPrograms)
struct RedisBackupTests {
  private func backup(_ place: ContextLocation, _ folder: BackupFolder?, seconds: UInt64 = 20) -> CheckOutcome {
    finding(RedisBackup(place, folder: folder, timeout: .seconds(seconds)).check)
  }

  @Test("is saved, checked and copied under a name of its own, twice, for its owner alone")
  func copied() throws {
    let server = try RedisServer()
    try server.cli("SET", "chat:customer:1", "{}")
    let folder = try TemporaryFolder()
    for count in 1...2 {
      let found = backup(try server.place(), BackupFolder(folder.path + "/b2/deep/new/"))
      #expect(found.status == .pass, "\(found)")
      #expect(found.found.contains("checked by redis-check-rdb"), "\(found)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/b2/deep/new")
      #expect(names.count == count, "\(names)")
      #expect(names.allSatisfy { $0.hasPrefix("redis-") && $0.hasSuffix(".rdb") }, "\(names)")
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/b2/deep/new/" + names[0])
      #expect(attributes[.posixPermissions] as? Int == 0o600)
      #expect(try folder.bytes("b2/deep/new/" + names[0]).starts(with: "REDIS".utf8))
    }
  }

  @Test("waits for a save that is under way, then makes another")
  func underWay() throws {
    let server = try RedisServer()
    for number in 0..<20 { try server.cli("SET", "key:\(number)", "x") }
    // 20 ms for each key.
    try server.cli("CONFIG", "SET", "rdb-key-save-delay", "20000")
    try server.cli("BGSAVE")
    try server.cli("CONFIG", "SET", "rdb-key-save-delay", "0")
    let found = backup(try server.place(), nil)
    #expect(found.status == .warn, "\(found)")
    #expect(found.found.contains("dump.rdb, "), "\(found)")
    #expect(try server.cli("INFO", "persistence").contains("rdb_saves:2\r"))
  }

  @Test("fails where the folder has gone, and writes are then refused, which the check of rights tells")
  func noFolder() throws {
    let gone = try TemporaryFolder()
    var options = RedisServerOptions()
    options.save = "3600 1"
    options.more = ["--dir", gone.path]
    let server = try RedisServer(options)
    try FileManager.default.removeItem(atPath: gone.path)
    expectFailed(
      backup(try server.place(), nil), found: "BGSAVE failed", advice: "its folder is not writable")
    expectFailed(finding(RightsCheck.check(try server.place())), found: "MISCONF", advice: "make its folder writable")
    expectFailed(
      finding(
        ServerChecks.all(SharedContextsState(try server.place(), try Layout.standard), scanTimeout: .seconds(20))[2]),
      found: "the last save failed", advice: "log of Redis")
  }

  @Test("fails for a user without the right, and for one who may not ask where the file is it says so")
  func rights() throws {
    var options = RedisServerOptions()
    options.users = ["none on >secret ~* +@read +info +select +client", "some on >secret ~* +@all -config"]
    let server = try RedisServer(options)
    expectFailed(backup(try server.place("none:secret"), nil), found: "lastsave", advice: "ACL SETUSER")
    let found = backup(try server.place("some:secret"), nil)
    #expect(found.status == .warn, "\(found)")
    #expect(found.found.contains("CONFIG GET is refused"), "\(found)")
  }

  @Test("fails where nobody listens, where Redis hangs, and where the copy cannot be written")
  func dead() throws {
    expectFailed(backup(try deadPlace(), nil), found: "cannot connect", advice: "Check the address")
    let server = try RedisServer()
    expectFailed(
      backup(try server.place(), BackupFolder("/proc/none")), found: "cannot create /proc/none", advice: "--backups")
    server.stop()
    expectFailed(backup(try server.place(), nil, seconds: 1), found: "did not answer", advice: "overloaded")
    server.continue()
  }
}

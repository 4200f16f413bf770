import Flags
import Foundation
import JSON
import Redis
import TestSupport
import Testing

@testable import FlagStore

@Suite("Writers in Redis overwrite nobody", .serialized, .startsPrograms)
struct RedisWriterTests {
  private func source(_ server: RedisServer) throws -> RedisFlags {
    RedisFlags(
      RedisFlagLocation(address: try RedisAddress(parsing: server.address())), initial: InitialFlags { _ in nil })
  }

  @Test("Of two who saw the same flag, the second is refused and told of the first's change")
  func conflict() throws {
    let server = try RedisServer()
    let (anna, ben) = (try source(server), try source(server))
    let seen = try ben.flag(named: "F")
    let (_, first) = try anna.edit(
      flag: "F", .set(.full), signed: Signature(by: "anna", from: "test", reason: "all in"))
    let refused = #expect(throws: FlagStoreError.self) {
      try ben.store(.kill(), of: seen, signed: Signature(by: "ben", from: "test"))
    }
    #expect(refused == .conflict(flag: "F", place: server.address(), read: seen, stored: first))
    #expect("\(refused!)".contains("anna"))
    #expect("\(refused!)".contains("all in"))
  }

  @Test("A plain SET between two edits is adopted before the second, so that the trail has all three")
  func behind() throws {
    let server = try RedisServer()
    let source = try source(server)
    _ = try source.edit(flag: "F", .set(.full), signed: Signature(by: "a", from: "test"))
    _ = try server.cli("SET", "F", "20")
    _ = try source.edit(flag: "F", .kill(hard: true), signed: Signature(by: "a", from: "test"))
    let entries = try source.audit(flag: "F", limit: 10).entries
    #expect(entries.map(\.action) == [.kill, .found, .set])
    #expect(entries.map(\.revision) == [3, 2, 1])
    #expect(entries[1].before?.percentage == 100)
    #expect(entries[1].after.percentage == 20)
    let flag = try source.flag(named: "F")
    #expect(!flag.isEnabled)
    #expect(flag.isHardKill)
    #expect(flag.percentage.description == "20")
  }

  @Test("A store that has lost its data gives a revision that no proxy has yet")
  func afterLoss() throws {
    let server = try RedisServer()
    var member = FleetMember.testing("a")
    member.revisions = ["F": 45, "G": 99]
    _ = try server.cli("SET", "turnout:proxy:a", JSONText.line(member))
    _ = try server.cli("SADD", "turnout:proxies", "a")
    let source = try source(server)
    #expect(try source.edit(flag: "F", .kill(), signed: Signature(by: "a", from: "test")).after.revision == 46)
    #expect(try source.flag(named: "F").revision == 46)
    #expect(try source.audit(flag: "F", limit: 1).entries.first?.revision == 46)
  }

  @Test("50 writers at once: every accepted write is in the trail once, revisions have no gap and no duplicate")
  func many() async throws {
    let server = try RedisServer()
    let address = try RedisAddress(parsing: server.address())
    let accepted = Record<Int>()
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<50 {
        group.addTask {
          await withCheckedContinuation { done in
            Thread.detachNewThread {
              let source = RedisFlags(RedisFlagLocation(address: address), initial: InitialFlags { _ in nil })
              for round in 0..<10 {
                let percentage = Percentage(threshold: writer * 1_000 + round) ?? .zero
                let signature = Signature(by: "w\(writer)", from: "test")
                if let (_, after) = try? source.edit(flag: "F", .set(percentage), signed: signature) {
                  accepted.append(after.revision)
                }
              }
              done.resume()
            }
          }
        }
      }
    }
    let entries = try source(server).audit(flag: "F", limit: .max).entries
    print("50 writers: \(accepted.all.count) of 500 accepted")
    #expect(accepted.all.sorted() == Array(1...accepted.all.count))
    #expect(entries.map(\.revision) == (1...accepted.all.count).reversed())
    #expect(try source(server).flag(named: "F").revision == accepted.all.count)
  }

  @Test("kill -9 of a writer at any moment leaves a whole flag, its record and its trail")
  func killed() async throws {
    let server = try RedisServer()
    setenv("TURNOUT_TEST_REDIS", server.address(), 1)
    for _ in 0..<15 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        let address = try RedisAddress(parsing: ProcessInfo.processInfo.environment["TURNOUT_TEST_REDIS"] ?? "")
        let source = RedisFlags(RedisFlagLocation(address: address))
        _ = try source.edit(flag: "F", .kill(), signed: Signature(by: "child", from: "test"))
        Thread.detachNewThread {
          usleep(.random(in: 0...10_000))
          kill(getpid(), SIGKILL)
        }
        while true { _ = try source.edit(flag: "F", .kill(), signed: Signature(by: "child", from: "test")) }
      }
      let flag = try source(server).flag(named: "F")
      #expect(
        try source(server).audit(flag: "F", limit: .max).entries.map(\.revision) == (1...flag.revision).reversed())
    }
  }

  @Test("A kill goes over a broken value, since the record has the flag; any other edit is refused")
  func brokenValue() throws {
    let server = try RedisServer()
    let source = try source(server)
    let signature = Signature(by: "anna", from: "test")
    _ = try source.edit(flag: "F", .allow(["uma"]), signed: signature)
    _ = try source.edit(flag: "F", .set(Percentage(40)), signed: signature)
    _ = try server.cli("SET", "F", "{\"percentage\": 40")
    #expect(throws: FlagStoreError.self) { try source.change(flag: "F", .set(.full), signed: signature) }
    let (before, after) = try source.change(flag: "F", .kill(), signed: signature)
    #expect(before.percentage == (try Percentage(40)))
    #expect(!after.isEnabled)
    #expect(after.revision == 3)
    #expect(try source.flag(named: "F") == after)
    #expect(after.allow == ["uma"])
    #expect(try source.audit(flag: "F", limit: 9).entries.map(\.action) == [.kill, .set, .allow])
    _ = try server.cli("DEL", "turnout:flag:F")
    _ = try server.cli("SET", "F", "x")
    #expect(throws: FlagStoreError.self, "nothing is known of it") {
      try source.change(flag: "F", .kill(), signed: signature)
    }
  }

  @Test("A user without the right to write is refused with what to do")
  func noPermission() throws {
    var options = RedisServerOptions()
    options.password = "secret"
    options.users = ["reader on >r ~* +@read +@connection"]
    let server = try RedisServer(options)
    let place = RedisFlagLocation(address: try RedisAddress(parsing: server.address(credentials: "reader:r")))
    let source = RedisFlags(place, initial: InitialFlags { _ in nil })
    let refused = #expect(throws: FlagStoreError.self) {
      try source.edit(flag: "F", .kill(), signed: Signature(by: "a", from: "test"))
    }
    #expect("\(refused!)".contains("NOPERM"))
    #expect(!"\(refused!)".contains("secret"))
  }

  @Test("Where the trail takes no entry, nothing is changed")
  func noTrail() throws {
    let server = try RedisServer()
    let source = try source(server)
    let (_, before) = try source.edit(flag: "F", .set(.full), signed: Signature(by: "a", from: "test"))
    _ = try server.cli("DEL", "turnout:audit")
    _ = try server.cli("SET", "turnout:audit", "something else")
    #expect(throws: FlagStoreError.self) {
      try source.edit(flag: "F", .kill(), signed: Signature(by: "a", from: "test"))
    }
    #expect(try source.flag(named: "F") == before)
  }

  @Test("A record of another type is named by its key, not by the flag's")
  func wrongRecord() throws {
    let server = try RedisServer()
    _ = try server.cli("SET", "turnout:flag:F", "something else")
    let fault = #expect(throws: FlagStoreError.self) { try source(server).flag(named: "F") }
    #expect("\(fault!)".contains("DEL turnout:flag:F"))
  }

  @Test("A flag that was SET as large as can be can be killed, restored and set, and its lists can be shortened only")
  func largest() throws {
    let server = try RedisServer()
    let source = try source(server)
    let (head, tail) = ("{\"percentage\":10,\"allow\":[", "\"x\"]}")
    let user = "\"\(String(repeating: "u", count: 252))\","
    var value = head
    while value.utf8.count + user.utf8.count + tail.utf8.count <= FlagLimits.valueBytes { value += user }
    value += String(repeating: " ", count: FlagLimits.valueBytes - value.utf8.count - tail.utf8.count) + tail
    try server.set("F", value)
    let long = String(repeating: "r", count: 1_000)
    for edit in [FlagEdit.kill(), .restore, .set(.full), .forget(["x"])] {
      _ = try source.edit(flag: "F", edit, signed: Signature(by: long, from: "test", reason: long))
    }
    #expect(throws: FlagStoreError.self) {
      try source.edit(
        flag: "F", .allow((0..<1_000).map { "more \($0) \(long.prefix(200))" }),
        signed: Signature(by: "a", from: "test"))
    }
    try server.set("F", value + " ")
    #expect(throws: FlagStoreError.valueTooLarge(flag: "F", place: server.address(), bytes: FlagLimits.valueBytes + 1))
    {
      try source.flag(named: "F")
    }
  }

  @Test("A value that is far longer when it is written in full is refused, and not kept")
  func growing() throws {
    let watched = try WatchedServer()
    let user = "\"" + String(repeating: "\u{7F}", count: 256) + "\""
    try watched.server.set(
      "F", "{\"percentage\":10,\"allow\":[" + Array(repeating: user, count: 4_000).joined(separator: ",") + "]}")
    watched.expect(fault: "shorten its lists")
    try watched.set("20")
    watched.expect(20)
  }

  @Test("When the server does not say whether it took a change, nobody claims that it did not")
  func uncertain() throws {
    let server = try RedisServer()
    let source = try source(server)
    let before = try source.flag(named: "F")
    // Reading goes on, writing waits.
    _ = try server.cli("CLIENT", "PAUSE", "20000", "WRITE")
    let faults = Record<FlagStoreError?>()
    Thread.detachNewThread {
      do throws(FlagStoreError) {
        _ = try source.store(.kill(), of: before, signed: Signature(by: "a", from: "test"))
        faults.append(nil)
      } catch { faults.append(error) }
    }
    usleep(400_000)
    server.stop()
    eventually { !faults.all.isEmpty }
    server.continue()
    let isUncertain = if case .uncertain?? = faults.all.first { true } else { false }
    #expect(isUncertain, "\(faults.all)")
  }
}

extension RedisServer {
  /// A value of any length, which an argument of a program may not have.
  fileprivate func set(_ key: String, _ value: String) throws {
    var connection = try RedisConnection.open(RedisAddress(parsing: address()), name: "test")
    try connection.command("SET", RedisWord(key), RedisWord(value))
  }
}

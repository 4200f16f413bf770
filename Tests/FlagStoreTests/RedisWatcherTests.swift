import Flags
import Foundation
import TestSupport
import Testing

@testable import FlagStore

@Suite("Flags in Redis are in force as they stand there", .serialized, .startsPrograms)
struct RedisWatcherTests {
  @Test("A plain SET is in force at once, whatever form it has, and adopted with the next revision")
  func plainSet() throws {
    let watched = try WatchedServer()
    #expect(watched.flag.percentage == .zero)
    #expect(watched.flag.revision == 0)
    for (index, (value, percentage)) in [("50", 50.0), ("12.5", 12.5), ("true", 100), ("false", 0)].enumerated() {
      try watched.set(value)
      watched.expect(percentage)
      eventually { (try? watched.source.audit(flag: "F", limit: 9).entries.count) == index + 1 }
      let last = try #require(try watched.source.audit(flag: "F", limit: 1).entries.first)
      #expect(last.action == .found)
      #expect(last.revision == index + 1)
      #expect(last.after.percentage == percentage)
    }
    try watched.set("{\"enabled\": true, \"percentage\": 7, \"salt\": \"s\"}")
    watched.expect(7)
    #expect(watched.flag.salt == "s")
  }

  @Test("A short form changes the percentage alone: salt, lists and a kill stay")
  func shortForm() throws {
    let watched = try WatchedServer()
    try watched.set("{\"percentage\": 7, \"salt\": \"s\", \"allow\": [\"uma\"]}")
    watched.expect(7)
    watched.expect(recorded: 1)
    try watched.set("60")
    watched.expect(60)
    watched.expect(recorded: 2)
    #expect(watched.flag.salt == "s")
    #expect(watched.flag.allow == ["uma"])
    #expect(watched.flag.isEnabled)
    _ = try watched.source.edit(flag: "F", .kill(), signed: Signature(by: "a", from: "test"))
    try watched.set("70")
    watched.expect(70)
    watched.expect(recorded: 4)
    #expect(!watched.flag.isEnabled)
    _ = try watched.source.edit(flag: "F", .restore, signed: Signature(by: "a", from: "test"))
    eventually { watched.flag.isEnabled }
    #expect(watched.flag.isEnabled)
    #expect(watched.flag.allow == ["uma"])
  }

  @Test("From a SET that has returned, or an edit that begins, to its publication it takes a moment")
  func latency() throws {
    let watched = try WatchedServer()
    try watched.set("1")
    watched.expect(1)
    var times: [Duration] = []
    for round in 2...60 {
      let start = ContinuousClock.now
      let percentage = Percentage(threshold: round * 1_000) ?? .zero
      _ = try watched.source.edit(flag: "F", .set(percentage), signed: Signature(by: "a", from: "test"))
      eventually { watched.flag.percentage == percentage }
      times.append(try #require(watched.published.all.last).at - start)
    }
    times.sort()
    print("edit to published: median \(times[times.count / 2]), worst \(times[times.count - 1])")
    #expect(times[times.count / 2] < .milliseconds(100))
  }

  @Test("What is no flag changes nothing and is told", arguments: ["abc", "101", "-1", "", "{\"percentage\": 1", "[]"])
  func garbage(_ value: String) throws {
    let watched = try WatchedServer()
    try watched.set("30")
    watched.expect(30)
    try watched.set(value)
    watched.expect(fault: "F")
    try watched.set("31")
    watched.expect(31)
  }

  @Test("A value of 100 MiB, and a key of another type, change nothing and are told")
  func wrongValues() throws {
    let watched = try WatchedServer()
    try watched.set("30")
    watched.expect(30)
    _ = try watched.server.cli("SETRANGE", "F", "104857600", "x")
    watched.expect(fault: "104857601 bytes")
    _ = try watched.server.cli("DEL", "F")
    _ = try watched.server.cli("LPUSH", "F", "x")
    watched.expect(fault: "no string")
    _ = try watched.server.cli("DEL", "F")
    try watched.set("31")
    watched.expect(31)
  }

  @Test("A deleted flag goes back to its initial value: the environment's, else off", arguments: [nil, "true", "25"])
  func deleted(_ initial: String?) throws {
    let watched = try WatchedServer(environment: initial.map { ["F": $0] } ?? [:])
    let percentage = initial == nil ? 0.0 : initial == "true" ? 100 : 25
    watched.expect(percentage)
    try watched.set("40")
    watched.expect(40)
    _ = try watched.server.cli("DEL", "F")
    watched.expect(percentage)
    let revision = watched.flag.revision
    #expect(revision == 2)
    eventually { (try? watched.source.audit(flag: "F", limit: 1).entries.first?.action) == .deleted }
    #expect(try watched.source.audit(flag: "F", limit: 1).entries.first?.action == .deleted)
    try watched.set("41")
    watched.expect(41)
    _ = try watched.server.cli("FLUSHALL")
    watched.expect(percentage)
    #expect(watched.flag.revision > revision)
  }

  @Test("Killed and started again with its data: the flag stays, and changes come through again")
  func restarted() throws {
    var options = RedisServerOptions()
    options.appendOnly = true
    let watched = try WatchedServer(try RedisServer(options))
    try watched.set("30")
    watched.expect(30)
    watched.server.kill()
    watched.expect(fault: "does not answer")
    try watched.server.restart()
    watched.expect(30)
    try watched.set("31")
    watched.expect(31)
  }

  @Test("Started again without its data: lost is not deleted, the flag stays until it is written again")
  func restartedEmpty() throws {
    let watched = try WatchedServer()
    try watched.set("30")
    watched.expect(30)
    try watched.server.restart(keepingData: false)
    watched.expect(fault: "data were lost")
    #expect(watched.flag.percentage.description == "30")
    for _ in 0..<3 {
      _ = try watched.server.cli("CLIENT", "KILL", "TYPE", "normal")
      usleep(200_000)
      watched.expect(fault: "data were lost")
    }
    #expect(watched.flag.percentage.description == "30")
    let flag = try watched.source.flag(named: "F")
    _ = try watched.source.store(.set(.full), of: flag, signed: Signature(by: "a", from: "test"))
    watched.expect(100)
  }

  @Test("Hung and back, and every connection killed: recovery by itself")
  func hung() throws {
    let watched = try WatchedServer()
    try watched.set("30")
    watched.expect(30)
    watched.server.stop()
    watched.expect(fault: "did not answer")
    watched.server.continue()
    watched.expect(30)
    for round in 1...5 {
      _ = try watched.server.cli("CLIENT", "KILL", "TYPE", round % 2 == 0 ? "pubsub" : "normal")
      try watched.set("\(30 + round)")
      watched.expect(30 + Double(round))
    }
  }

  @Test("Two flags: one that is broken does not hold up the other")
  func twoFlags() throws {
    let watched = try WatchedServer(names: ["F", "G"])
    try watched.set("10")
    try watched.set("x", "G")
    eventually { watched.flag.percentage.description == "10" && !watched.flags.status().isValid }
    #expect(watched.flag.percentage.description == "10")
    try watched.set("20", "G")
    watched.expect(10)
    eventually { watched.flags.status().flags[1].percentage.description == "20" }
    #expect(watched.flags.status().flags[1].percentage.description == "20")
  }

  @Test("Proxies enter the register with what they decide by, and leave it; one that is killed is forgotten")
  func register() throws {
    let server = try RedisServer()
    let watched = try WatchedServer(server)
    try watched.set("10")
    watched.expect(10)
    eventually { (try? watched.source.fleet()?.first?.revisions) == ["F": 1] }
    let member = try #require(try watched.source.fleet()?.first)
    #expect(member.id == "a")
    #expect(member.revisions == ["F": 1])
    #expect(member.generation == watched.flags.status().generation)
    _ = try server.cli("SADD", "turnout:proxies", "gone")
    #expect(try watched.source.fleet()?.count == 1)
    #expect(try server.cli("SMEMBERS", "turnout:proxies") == "a")
    watched.watcher.stop()
    #expect(try watched.source.fleet()?.isEmpty == true)
  }

  @Test("A start without the server goes on with what was kept, and with the initial value where nothing was")
  func startWithout() throws {
    let folder = try TemporaryFolder()
    let server = try RedisServer()
    let state = StateFile(folder.file("last-good"))
    do {
      let watched = try WatchedServer(server, stateFile: state)
      try watched.set("33")
      watched.expect(33)
    }
    server.kill()
    let kept = try WatchedServer(server, stateFile: state)
    #expect(kept.flag.percentage.description == "33")
    #expect(kept.flags.status().origin == .lastGood)
    #expect(!kept.flags.status().isValid)
    let fresh = try WatchedServer(server, environment: ["F": "5"])
    #expect(fresh.flag.percentage.description == "5")
    #expect(fresh.flags.status().origin == .initial)
    try server.restart(keepingData: false)
    kept.expect(fault: "data were lost")
    #expect(kept.flag.percentage.description == "33")
    fresh.expect(5)
  }

  @Test("Flags that were kept for another store serve while Redis is away, and are no change of this one")
  func otherStore() throws {
    let folder = try TemporaryFolder()
    let state = StateFile(folder.file("last-good"))
    let flag = Flag(name: "F", percentage: try Percentage(33), salt: "s", revision: 7)
    try state.write(LastGood(source: "flags.json", storeID: nil, savedAt: "", localKill: nil, flags: [flag]))
    let server = try RedisServer()
    server.kill()
    let watched = try WatchedServer(server, stateFile: state)
    #expect(watched.flag == flag)
    try server.restart(keepingData: false)
    watched.expect(0)
    #expect(watched.flag.revision == 0)
    try watched.set("20")
    watched.expect(20)
    #expect(watched.flag.salt == "F")
    eventually { (try? watched.source.audit(flag: "F", limit: 9).entries.map(\.action)) == [.found] }
    #expect(try watched.source.audit(flag: "F", limit: 9).entries.map(\.action) == [.found])
  }
}

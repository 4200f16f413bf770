import Foundation
import TestSupport
import Testing

@testable import FlagStore

@Suite("The memory of Redis is known where it may be asked", .startsPrograms)
struct StoreMemoryTests {
  @Test(
    "Only what the server says of its memory is taken, and no limit is none",
    arguments: [
      ("# Memory\r\nused_memory:872456\r\nused_memory_human:852.01K\r\nmaxmemory:0\r\n", 872_456, nil),
      ("used_memory:1\r\nmaxmemory:18446744073709551615\r\n", 1, UInt64.max), ("maxmemory:5\nused_memory:4\n", 4, 5),
      ("used_memory:4\n", 4, nil), ("used_memory:4\nmaxmemory:x\n", 4, nil), ("used_memory_rss:4\n", nil, nil),
      ("used_memory:-4\n", nil, nil), ("used_memory:4 \n", nil, nil), ("", nil, nil),
    ] as [(String, UInt64?, UInt64?)])
  func parsing(info: String, used: UInt64?, maximum: UInt64?) {
    let memory = StoreMemory(info: info)
    #expect(memory?.usedBytes == used)
    #expect(memory?.maximumBytes == maximum)
  }

  @Test("It is there from the start, follows what is stored, and is asked for only now and then")
  func followed() throws {
    var options = RedisServerOptions()
    options.more = ["--maxmemory", "500mb"]
    let watched = try WatchedServer(RedisServer(options))
    eventually { watched.flags.status().memory != nil }
    let first = try #require(watched.flags.status().memory)
    #expect(first.usedBytes > 100_000)
    #expect(first.maximumBytes == 500 << 20)
    try watched.server.cli("CONFIG", "RESETSTAT")
    try watched.server.cli("SETRANGE", "other", "20000000", "x")
    for percentage in 1...20 {
      try watched.set("\(percentage)")
      watched.expect(Double(percentage))
    }
    let end = ContinuousClock.now + .seconds(20)
    while watched.flags.status().memory == first, ContinuousClock.now < end { usleep(50_000) }
    let second = try #require(watched.flags.status().memory)
    #expect(second.usedBytes >= first.usedBytes + 20_000_000)
    #expect(second.usedBytes < first.usedBytes + 60_000_000)
    let calls = try watched.server.cli("INFO", "commandstats").matches(of: /cmdstat_info:calls=(\d+)/).first?.1
    #expect(calls == "1")
  }

  @Test("Without the right to ask nothing is known, nothing is logged, and the flags are followed all the same")
  func notAllowed() throws {
    var options = RedisServerOptions()
    options.users = ["turnout on >p ~* &* +@all -info"]
    let watched = try WatchedServer(RedisServer(options), credentials: "turnout:p")
    for percentage in [10.0, 20, 30] {
      try watched.set("\(Int(percentage))")
      watched.expect(percentage)
    }
    let connections = { try watched.server.cli("INFO", "stats").firstMatch(of: /total_connections_received:(\d+)/)?.1 }
    let before = try #require(Int(try connections() ?? ""))
    usleep(2_500_000)
    let after = try #require(Int(try connections() ?? ""))
    // redis-cli itself comes on one connection each time.
    #expect(after == before + 1)
    #expect(watched.flags.status().memory == nil)
    #expect(watched.errors.all.isEmpty)
  }

  @Test("While Redis is away, what it used last is not passed off as what it uses")
  func away() throws {
    let watched = try WatchedServer()
    eventually { watched.flags.status().memory != nil }
    watched.server.kill()
    eventually { watched.flags.status().memory == nil }
    #expect(watched.flags.status().memory == nil)
    #expect(watched.flags.status().isAway)
    try watched.server.restart()
    eventually { watched.flags.status().memory != nil }
    #expect(watched.flags.status().memory != nil)
  }
}

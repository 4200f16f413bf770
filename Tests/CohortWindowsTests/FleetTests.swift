import FlagStore
import Flags
import Foundation
import Logging
import Redis
import Statistics
import TestSupport
import Testing

@testable import CohortWindows

/// Proxies with a virtual clock over a real redis-server.
@Suite(.startsPrograms) struct FleetTests {
  private final class Proxy {
    let windows: LockedWindows
    let exchange: FleetExchange
    var counters = Counters()
    /// How far its wall clock is ahead, in milliseconds.
    let ahead: Int

    init(
      _ id: String, _ location: RedisFlagLocation, ahead: Int = 0, percentage: Double = 10, at milliseconds: Int = 0,
      replyLimit: Int = 64 << 20
    ) throws {
      self.ahead = ahead
      var local = LocalWindows(names: [flagName], at: Self.moment(milliseconds, ahead))
      local.publish(try inForce(percentage), at: Self.moment(milliseconds, ahead))
      windows = LockedWindows(local)
      windows.with { $0.isFleet = true }
      exchange = FleetExchange(
        location, proxy: id, windows, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        replyLimit: replyLimit)
    }

    func serve(_ requests: UInt64, user: UInt32, unified: Bool = false, at milliseconds: Int) {
      counters.serve(requests, user: user, unified: unified)
      take(at: milliseconds)
    }

    func take(at milliseconds: Int) {
      let tally = counters.tally
      windows.with { $0.local.record([tally], at: Self.moment(milliseconds, ahead)) }
    }

    func publish(_ status: FlagSourceStatus, at milliseconds: Int) {
      windows.with { $0.local.publish(status, at: Self.moment(milliseconds, ahead)) }
    }

    func exchange(at milliseconds: Int) { exchange.exchange(at: Self.moment(milliseconds, ahead)) }

    func totals(_ scope: Scope, at milliseconds: Int) throws -> PeriodTotals {
      let now = Self.moment(milliseconds, ahead).wall
      let query = windows.with { WindowQuery($0.local, $0.fleet, flag: 0, scope, now: now) }
      return try #require(query).totals()
    }

    func chart() -> ChartWindows {
      let query = windows.with { ChartQuery($0, flag: 0, bySeconds: false, from: 0) }
      return query.windows()
    }

    private static func moment(_ milliseconds: Int, _ ahead: Int) -> ClockReading {
      var moment = CohortWindowsTests.moment(milliseconds)
      moment.wall += ahead
      return moment
    }
  }

  private static func location(_ server: RedisServer, prefix: String = "") throws -> RedisFlagLocation {
    RedisFlagLocation(address: try RedisAddress(parsing: server.address()), keyPrefix: prefix)
  }

  /// All proxies publish, then all read.
  private func exchange(_ proxies: [Proxy], at milliseconds: Int) {
    for _ in 0..<2 { for proxy in proxies { proxy.exchange(at: milliseconds) } }
  }

  @Test("Every proxy reports the sum of the fleet, with clocks that differ by seconds", arguments: [0, 2_000, -2_000])
  func sum(ahead: Int) throws {
    let server = try RedisServer()
    let location = try Self.location(server, prefix: "shop:")
    let proxies = [try Proxy("a", location), try Proxy("b", location, ahead: ahead), try Proxy("c", location)]
    for second in stride(from: 5, through: 130, by: 5) {
      for (number, proxy) in proxies.enumerated() {
        proxy.serve(UInt64(number + 1), user: UInt32(second * 10 + number), at: second * 1_000)
      }
      if second == 60 { for proxy in proxies { proxy.counters.renewUsers() } }
      exchange(proxies, at: second * 1_000)
    }
    for proxy in proxies {
      for scope in [Scope.stage, .since(seconds: 900)] {
        let totals = try proxy.totals(scope, at: 130_000)
        #expect(totals.total.requests == 26 * 6)
        #expect(totals.proxies == 3)
        #expect(totals.silentProxies == [])
        #expect(totals.parts.count == 1)
        #expect(totals.total.users.estimate(cohort: 0) == 78)
      }
      let chart = proxy.chart()
      #expect(chart.isFleet)
      #expect(chart.windows.reduce(0) { $0 + $1.tally.legacy.requests } == 26 * 6)
    }
    #expect(try server.cli("KEYS", "*").split(separator: "\n").allSatisfy { $0.hasPrefix("shop:turnout:windows:") })
  }

  @Test("Keys in Redis expire, and there is one field for each window")
  func bounded() throws {
    let server = try RedisServer()
    let proxy = try Proxy("a", try Self.location(server))
    for second in stride(from: 5, through: 60, by: 5) {
      proxy.serve(1, user: 1, at: second * 1_000)
      proxy.exchange(at: second * 1_000)
    }
    let minute = FleetKeys(prefix: "").key(flagName, .minute, midnight / 60_000).text
    #expect(try server.cli("HKEYS", minute).split(separator: "\n").sorted() == ["a:\(midnight)", "v"])
    for key in try server.cli("KEYS", "*").split(separator: "\n") {
      let seconds = Int(try server.cli("TTL", String(key))) ?? 0
      #expect(seconds > 3_800, "\(key)")
      #expect(seconds <= 169 * 3_600, "\(key)")
    }
  }

  @Test("A comparison starts anew in the whole fleet when the flag changes, also for a proxy that starts later")
  func stage() throws {
    let server = try RedisServer()
    let location = try Self.location(server)
    let proxies = [try Proxy("a", location), try Proxy("b", location, ahead: 1_500)]
    for (number, proxy) in proxies.enumerated() { proxy.serve(5, user: UInt32(number), at: 20_000) }
    exchange(proxies, at: 20_000)
    for (number, proxy) in proxies.enumerated() {
      proxy.take(at: 30_000 + number * 40)
      proxy.publish(try inForce(50, revision: 2), at: 30_000 + number * 40)
      proxy.serve(7, user: UInt32(number), unified: true, at: 40_000)
    }
    let late = try Proxy("c", location, percentage: 50, at: 50_000)
    late.serve(1, user: 9, at: 55_000)
    exchange(proxies + [late], at: 60_000)
    for proxy in proxies + [late] {
      let stage = try proxy.totals(.stage, at: 60_000)
      #expect(stage.total.legacy.requests == 1)
      #expect(stage.total.unified.requests == 14)
      #expect(stage.from >= midnight + 30_000)
      #expect(stage.from <= midnight + 32_000)
      let since = try proxy.totals(.since(seconds: 900), at: 60_000)
      #expect(since.parts.map(\.stage.split.share) == [0.1, 0.5])
      #expect(since.parts.map { $0.tally.requests } == [10, 15])
    }
  }

  @Test("A local kill of one proxy begins no stage for the others")
  func localKill() throws {
    let server = try RedisServer()
    let location = try Self.location(server)
    let proxies = [try Proxy("a", location), try Proxy("b", location)]
    for proxy in proxies { proxy.serve(5, user: 1, at: 10_000) }
    proxies[1].publish(try inForce(10, kill: LocalKill(by: "ben")), at: 10_000)
    proxies[1].serve(100, user: 1, at: 20_000)
    proxies[1].publish(try inForce(10), at: 20_000)
    for proxy in proxies { proxy.serve(2, user: 2, at: 30_000) }
    exchange(proxies, at: 30_000)
    #expect(try proxies[0].totals(.stage, at: 30_000).total.requests == 14)
    #expect(try proxies[1].totals(.stage, at: 30_000).total.requests == 14)
    #expect(try proxies[0].totals(.since(seconds: 60), at: 30_000).total.requests == 114)
  }

  @Test("A proxy that dies leaves what it published, and a restart under its id counts nothing twice")
  func restart() throws {
    let server = try RedisServer()
    let location = try Self.location(server)
    let (first, other) = (try Proxy("a", location), try Proxy("b", location))
    first.serve(30, user: 1, at: 70_000)
    first.serve(5, user: 1, at: 75_000)
    exchange([first, other], at: 75_000)
    #expect(try other.totals(.stage, at: 76_000).total.requests == 35)

    let records = first.windows.with { $0.local.records }
    let again = try Proxy("a", location)
    again.windows.with { content in
      content.local = LocalWindows(names: [flagName], at: moment(80_000))
      content.local.restore(records)
    }
    again.publish(try inForce(10), at: 80_000)
    again.serve(1, user: 2, at: 85_000)
    exchange([again, other], at: 85_000)
    #expect(try again.totals(.stage, at: 85_000).total.requests == 36)
    #expect(try other.totals(.stage, at: 85_000).total.requests == 36)
    #expect(try other.totals(.since(seconds: 900), at: 85_000).total.requests == 36)
  }

  @Test("While Redis is away nothing fails; when it returns without its data, everything is published again")
  func redisAway() throws {
    let server = try RedisServer()
    let location = try Self.location(server)
    let proxies = [try Proxy("a", location), try Proxy("b", location)]
    for proxy in proxies { proxy.serve(3, user: 1, at: 10_000) }
    exchange(proxies, at: 10_000)
    server.kill()
    for proxy in proxies { proxy.serve(4, user: 1, at: 70_000) }
    exchange(proxies, at: 70_000)
    #expect(try proxies[0].totals(.stage, at: 70_000).total.requests == 10)
    #expect(proxies[0].exchange.errorCount > 0)
    try server.restart(keepingData: false)
    for proxy in proxies { proxy.serve(1, user: 1, at: 130_000) }
    exchange(proxies, at: 130_000)
    for proxy in proxies {
      #expect(try proxy.totals(.stage, at: 130_000).total.requests == 16)
      #expect(try proxy.totals(.since(seconds: 600), at: 130_000).total.requests == 16)
    }
  }

  @Test("Removed keys are published again")
  func flushed() throws {
    let server = try RedisServer()
    let location = try Self.location(server)
    let proxies = [try Proxy("a", location), try Proxy("b", location)]
    for minute in 0...2 {
      for proxy in proxies { proxy.serve(3, user: 1, at: minute * 60_000 + 30_000) }
      exchange(proxies, at: minute * 60_000 + 30_000)
    }
    try server.cli("FLUSHALL")
    for _ in 0..<2 { exchange(proxies, at: 155_000) }
    let new = try Proxy("c", location, at: 160_000)
    new.exchange(at: 160_000)
    for proxy in proxies + [new] {
      #expect(try proxy.totals(.since(seconds: 600), at: 160_000).total.requests == 18)
    }
  }

  @Test("A proxy that starts reads the hour before by minutes, and the days before by hours")
  func history() throws {
    let server = try RedisServer()
    let location = try Self.location(server)
    let old = try Proxy("a", location)
    for minute in 1...130 {
      old.serve(1, user: 1, at: minute * 60_000)
      if minute.isMultiple(of: 5) { old.exchange(at: minute * 60_000) }
    }
    let new = try Proxy("b", location, at: 130 * 60_000)
    new.exchange(at: 130 * 60_000)
    #expect(try new.totals(.stage, at: 130 * 60_000).total.requests == 130)
    #expect(try new.totals(.since(seconds: 1_800), at: 130 * 60_000).total.requests == 30)
    // Expired windows stay in the chart.
    new.exchange(at: 200 * 60_000)
    let chart = new.chart()
    #expect(chart.windows.reduce(0) { $0 + $1.tally.legacy.requests } == 60)
  }

  @Test("Foreign values are skipped and counted")
  func foreign() throws {
    let server = try RedisServer()
    let proxy = try Proxy("a", try Self.location(server))
    proxy.serve(1, user: 1, at: 5_000)
    proxy.exchange(at: 5_000)
    let key = FleetKeys(prefix: "").key(flagName, .minute, midnight / 60_000).text
    try server.cli("HSET", key, "b:1", "nonsense")
    try server.cli("HSET", key, "no colon", "x")
    try server.cli("HINCRBY", key, "v", "1")
    try server.cli("SET", FleetKeys(prefix: "").key(flagName, .minute, midnight / 60_000 - 1).text, "a string")
    proxy.serve(1, user: 1, at: 10_000)
    proxy.exchange(at: 10_000)
    #expect(try proxy.totals(.since(seconds: 60), at: 10_000).total.requests == 2)
    #expect(proxy.windows.with { $0.fleet.unreadable } == 1)
  }

  @Test("An oversized key is skipped and counted once, and all others are read", arguments: [true, false])
  func giant(hasManyFields: Bool) throws {
    let server = try RedisServer()
    let location = try Self.location(server)
    let (reader, other) = (try Proxy("a", location, replyLimit: 64 << 10), try Proxy("b", location))
    for hour in [-3, -1] {
      let key = FleetKeys(prefix: "").key(flagName, .hour, midnight / 3_600_000 + hour).text
      let (count, bytes) = hasManyFields ? (4_100, 1) : (2, 50_000)
      let script = """
        for i = 1, \(count) do redis.call('HSET', KEYS[1], 'x:' .. i, string.rep('z', \(bytes))) end
        redis.call('HINCRBY', KEYS[1], 'v', 1)
        """
      try server.cli("EVAL", script, "1", key)
    }
    for second in [5, 10, 15] {
      other.serve(3, user: 1, at: second * 1_000)
      exchange([other, reader], at: second * 1_000)
    }
    #expect(try reader.totals(.stage, at: 15_000).total.requests == 9)
    #expect(reader.windows.with { $0.fleet.unreadable } == 2)
    #expect(reader.exchange.errorCount == 0)
  }

  @Test("A proxy that stops reads nothing more")
  func ending() throws {
    let server = try RedisServer()
    let location = try Self.location(server)
    let (one, other) = (try Proxy("a", location), try Proxy("b", location))
    other.serve(3, user: 1, at: 5_000)
    other.exchange(at: 5_000)
    one.exchange.stop()
    one.exchange(at: 5_000)
    #expect(try one.totals(.stage, at: 6_000).total.requests == 0)
    #expect(one.exchange.errorCount == 0)
  }

  @Test("A Redis user without write access reads, and each failed write is counted")
  func reader() throws {
    var options = RedisServerOptions()
    options.users = ["reader on >secret ~* +@connection +hget +hgetall +smembers +mget"]
    let server = try RedisServer(options)
    let teller = try Proxy("a", try Self.location(server))
    teller.serve(5, user: 1, at: 5_000)
    teller.exchange(at: 5_000)
    let address = try RedisAddress(parsing: server.address(credentials: "reader:secret"))
    let reader = try Proxy("b", RedisFlagLocation(address: address))
    reader.serve(1, user: 2, at: 5_000)
    reader.exchange(at: 5_000)
    #expect(try reader.totals(.stage, at: 6_000).total.requests == 6)
    #expect(reader.exchange.errorCount == 1)
  }

  @Test("The Redis user of docs/redis.md may publish and read")
  func documentedUser() throws {
    var options = RedisServerOptions()
    options.users = [try Repository.documentedRights(of: "turnout")]
    let server = try RedisServer(options)
    let address = try RedisAddress(parsing: server.address(credentials: "turnout:secret"))
    let proxies = [
      try Proxy("a", RedisFlagLocation(address: address)), try Proxy("b", RedisFlagLocation(address: address)),
    ]
    for proxy in proxies { proxy.serve(2, user: 1, at: 5_000) }
    exchange(proxies, at: 5_000)
    for proxy in proxies {
      #expect(try proxy.totals(.stage, at: 5_000).total.requests == 4)
      #expect(proxy.exchange.errorCount == 0)
    }
  }

  @Test("A registered proxy that publishes nothing is silent, one that publishes is not")
  func silence() {
    var liveness = FleetLiveness(own: "a")
    var members = ["a", "b", "c"].map {
      FleetMember(id: "id-\($0)", name: "edge-\($0)", version: "1", pid: 1, admin: "")
    }
    for (index, id) in ["a", "b", "c"].enumerated() { members[index].windows = id }
    let second: UInt64 = 1_000_000_000
    for step in 0..<10 as Range<UInt64> {
      let now = (100 + step * 5) * second
      liveness.setMembers(members, at: now)
      liveness.observe("b", [UInt8(step)], at: now)
      // An unchanged value was not written.
      liveness.observe("c", [7], at: now)
      #expect(liveness.silent(at: now) == (step > 3 ? ["edge-c"] : []), "\(step)")
    }
  }
}

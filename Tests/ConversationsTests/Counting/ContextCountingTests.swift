import Foundation
import Logging
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Conversations

/// Over a real redis-server.
@Suite("The Redis with the contexts is watched, and nothing in it is touched", .startsPrograms)
struct ContextCountingTests {
  private static let id = "0b5c3c8e-7f0e-4f0a-9d5e-1f2a3b4c5d6e"
  private static let users = 3_000
  /// Of the users each has a legacy context and a conversation; every third is an administrator's.
  private static let expected: [ContextKeyKind: UInt64] = [
    .legacyCustomer: 2_000, .legacyAdmin: 1_000, .unifiedHistory: 3_000, .unifiedState: 3_000, .unifiedMeta: 3_000,
    .unifiedCurrent: 3_000,
  ]
  private static let strangers = 500

  private let lines = Lines()
  private var logger: Logger { Logger(label: "test") { _ in lines } }

  private func place(_ server: RedisServer, credentials: String? = nil, database: Int = 0) throws -> ContextLocation {
    ContextLocation(address: try RedisAddress(parsing: server.address(credentials: credentials, database: database)))
  }

  private func fill(_ server: RedisServer, database: Int = 0) throws {
    var connection = try place(server, database: database).connect(as: "test")
    var keys = (0..<Self.strangers).map { "session:\($0)" }
    for user in 0..<Self.users {
      let owner = ContextOwner(user.isMultiple(of: 3) ? .admin : .client, "user:\(user)")
      let id = try #require(ConversationID(Self.id))
      keys += [owner.legacyKey, owner.currentKey] + ConversationPart.allCases.map { owner.key(of: $0, id) }
    }
    _ = try connection.pipeline(keys.map { ["SET", RedisWord($0), "1"] }, timeoutNanoseconds: 10_000_000_000)
  }

  private func session(_ place: ContextLocation) throws -> MonitorSession {
    MonitorSession(
      place, KeyKinds(try Layout.named("turnout")), MonitorSchedule(countEvery: 60_000_000_000, at: 0), logger: logger)
  }

  private func walk(_ session: inout MonitorSession) {
    session.step()
    // Twice as many steps as there can be keys for.
    for _ in 0..<40 where session.metrics.counted == nil { session.step() }
  }

  @Test("Memory, keys and keys of contexts are as Redis has them, of its own database only")
  func counts() throws {
    let server = try RedisServer()
    try fill(server, database: 2)
    try server.cli("SET", "chat:customer:elsewhere", "1")
    var session = try session(try place(server, database: 2))
    let before = session.metrics
    #expect(before == ContextMetrics())
    session.sample()
    walk(&session)
    let metrics = session.metrics
    #expect(metrics.isUp)
    #expect(metrics.keys == UInt64(5 * Self.users + Self.strangers))
    #expect(metrics.usedMemoryBytes ?? 0 > 500_000)
    #expect(metrics.counted?.keys == Self.expected)
    #expect(abs((metrics.counted?.atSeconds ?? 0) - Int(Date().timeIntervalSince1970)) < 60)
    #expect(lines.all.isEmpty)
    // What ran on the server, by its own count: no KEYS, and nothing that writes but the test's own SET.
    let ran = try server.cli("INFO", "commandstats").matches(of: /cmdstat_([a-z|]+):/).map { String($0.1) }
    let allowed = ["client|setname", "get", "info", "ping", "scan", "select", "set", "strlen"]
    #expect(ran.contains("scan"), "\(ran)")
    #expect(Set(ran).subtracting(allowed).isEmpty, "\(ran)")
  }

  @Test("While it is away that is told once, the last counts stay, and it is found again")
  func away() throws {
    let server = try RedisServer()
    try fill(server)
    var session = try session(try place(server))
    session.sample()
    walk(&session)
    let counted = try #require(session.metrics.counted)
    server.kill()
    for _ in 0..<3 {
      session.sample()
      session.step()
    }
    let gone = session.metrics
    #expect(!gone.isUp)
    #expect(gone.usedMemoryBytes == nil)
    #expect(gone.keys == nil)
    #expect(gone.counted == counted)
    #expect(lines.all.count == 1, "\(lines.all)")
    #expect(lines.all[0].contains("the contexts' Redis is unreachable"), "\(lines.all)")

    try server.restart()
    try server.cli("SET", "chat:customer:new", "1")
    session.sample()
    session.step()
    let back = session.metrics
    #expect(back.isUp)
    #expect(back.keys == 1)
    #expect(back.counted?.keys == [.legacyCustomer: 1])
    #expect(lines.all.count == 2, "\(lines.all)")
    #expect(lines.all[1].contains("is reachable again"), "\(lines.all)")
  }

  @Test("A walk that is cut begins anew, so that nothing is counted twice")
  func cut() throws {
    let server = try RedisServer()
    try fill(server)
    var session = try session(try place(server))
    for _ in 0..<3 { session.step() }
    try server.cli("CLIENT", "KILL", "TYPE", "normal")
    session.step()
    let isCounted = session.metrics.counted != nil
    #expect(!isCounted)
    walk(&session)
    #expect(session.metrics.counted?.keys == Self.expected)
  }

  @Test("What the server does not allow is told once, and the rest is known")
  func refused() throws {
    var options = RedisServerOptions()
    options.users = ["watcher on >secret ~* &* +info", "blind on >secret ~* &* +scan +get +strlen"]
    let server = try RedisServer(options)
    try server.cli("SET", "chat:customer:1", "1")
    var watcher = try session(try place(server, credentials: "watcher:secret"))
    for _ in 0..<3 {
      watcher.sample()
      watcher.step()
    }
    #expect(watcher.metrics.isUp)
    #expect(watcher.metrics.keys == 1)
    #expect(watcher.metrics.counted == nil)
    #expect(lines.all.count == 1, "\(lines.all)")
    #expect(lines.all[0].contains("the context keys are not counted"), "\(lines.all)")

    var blind = try session(try place(server, credentials: "blind:secret"))
    for _ in 0..<3 {
      blind.sample()
      blind.step()
    }
    #expect(blind.metrics.isUp)
    #expect(blind.metrics.keys == nil)
    #expect(blind.metrics.usedMemoryBytes == nil)
    #expect(blind.metrics.counted?.keys == [.legacyCustomer: 1])
    #expect(lines.all.count == 2, "\(lines.all)")
    #expect(lines.all[1].contains("are unknown"), "\(lines.all)")
    #expect(!lines.all.joined().contains("secret"))
  }

  @Test("A wrong password is away, with the reason")
  func wrongPassword() throws {
    var options = RedisServerOptions()
    options.password = "right"
    let server = try RedisServer(options)
    var session = try session(try place(server, credentials: ":wrong"))
    session.sample()
    let isUp = session.metrics.isUp
    #expect(!isUp)
    #expect(lines.all.count == 1, "\(lines.all)")
    #expect(lines.all[0].contains("WRONGPASS"), "\(lines.all)")
    #expect(!lines.all[0].contains(":wrong"))
  }

  @Test("The thread does both by itself, and ends while Redis is suspended")
  func thread() throws {
    let server = try RedisServer()
    try fill(server)
    let monitor = ContextMonitor(
      try place(server), try Layout.named("turnout"), countEvery: .seconds(10), logger: logger)
    try monitor.start()
    let deadline = Date() + 20
    while monitor.metrics.counted == nil, Date() < deadline { usleep(5_000) }
    let metrics = monitor.metrics
    #expect(metrics.isUp)
    #expect(metrics.counted?.keys == Self.expected)
    #expect(try server.cli("CLIENT", "LIST").contains("name=turnout-contexts"))
    server.stop()
    monitor.stop()
    server.continue()
  }

  @Test("With never, memory and keys are known and no key is walked over")
  func never() throws {
    let server = try RedisServer()
    try fill(server)
    let monitor = ContextMonitor(try place(server), try Layout.named("turnout"), countEvery: nil, logger: logger)
    try monitor.start()
    let deadline = Date() + 20
    while !monitor.metrics.isUp, Date() < deadline { usleep(5_000) }
    monitor.stop()
    let metrics = monitor.metrics
    #expect(metrics.keys == UInt64(5 * Self.users + Self.strangers))
    #expect(metrics.counted == nil)
    #expect(try !server.cli("INFO", "commandstats").contains("cmdstat_scan"))
  }
}

/// What was logged.
private final class Lines: LogHandler, Sendable {
  private let content = Mutex<[String]>([])

  var all: [String] { content.withLock { $0 } }

  func log(event: LogEvent) { content.withLock { $0.append("\(event.message)") } }

  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }

  var logLevel: Logger.Level {
    get { .debug }
    set {}
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }
}

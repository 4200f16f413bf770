import Conversations
import Foundation
import Redis
import TestSupport
import Testing

@Suite("A layout is removed, and comes back", .startsPrograms)
struct CleanupTests {
  private let server: RedisServer
  private let folder: TemporaryFolder
  private let binary: [UInt8] = Array("chat:customer:".utf8) + [0xFF, 0x00, 0x0A]

  init() throws {
    var options = RedisServerOptions()
    // A digest of the value, whatever order a set has it in.
    options.more = ["--enable-debug-command", "yes"]
    server = try RedisServer(options)
    folder = try TemporaryFolder()
  }

  private func connect(_ server: RedisServer? = nil) throws -> RedisConnection {
    let place = ContextLocation(address: try RedisAddress(parsing: (server ?? self.server).address()))
    return try place.connect(as: "test", timeoutNanoseconds: 20_000_000_000, replyLimit: Cleanup.replyLimit)
  }

  /// Keys of every type, with and without expiry, whose values are any bytes, and one of 10 MiB; others beside them.
  private func fill(_ connection: inout RedisConnection) throws {
    let any = RedisWord((0...255).map { UInt8($0) })
    var commands: [[RedisWord]] = [
      ["SET", "chat:customer:plain", "{}"], ["SET", "chat:customer:binary", any, "EX", "1000"],
      ["SET", RedisWord(binary), any], ["SET", "chat:customer:", "no user"],
      [
        "SET", "chat:customer:large",
        RedisWord([UInt8](repeating: 0x78, count: 10 << 20)),
      ],
      ["RPUSH", "chat:customer:list", "a", any, "c"], ["HSET", "chat:customer:hash", "field", any],
      ["SADD", "chat:customer:set", "1", "2", "three"], ["ZADD", "chat:customer:zset", "1.5", "a", "2", "b"],
      ["XADD", "chat:customer:stream", "1-1", "field", any], ["EXPIRE", "chat:customer:list", "500"],
      ["SET", "admin:context:7", "{}", "EX", "600"],
      ["SET", "chat:customers", "another key"], ["SET", "conversation:client:stats", "of others"],
      ["SET", "conversation:client:42:current", "cae878e8-595c-49eb-89c1-494fafb3dc08", "EX", "1800"],
    ]
    for part in ["history", "state", "meta"] {
      commands.append([
        "SET", "conversation:client:42:cae878e8-595c-49eb-89c1-494fafb3dc08:\(part)", "{}", "EX", "1800",
      ])
    }
    for number in 0..<2_500 {
      commands.append(["SET", "chat:customer:u\(number)", "{\"user_id\":\"\(number)\"}", "EX", "\(1_000 + number)"])
    }
    for reply in try connection.pipeline(commands, timeoutNanoseconds: 20_000_000_000) {
      #expect(reply.failure == nil)
    }
  }

  private struct Held: Equatable {
    var digest: String
    var type: String
    /// In milliseconds since 1970; below 0: never.
    var expiresAt: Int

    /// The expiry is told by a clock and what is left, which are not read at one moment.
    static func == (one: Held, other: Held) -> Bool {
      one.digest == other.digest && one.type == other.type && (one.expiresAt < 0) == (other.expiresAt < 0)
        && abs(one.expiresAt - other.expiresAt) < 2_000
    }
  }

  /// All keys with what they hold and when they expire.
  private func content(_ connection: inout RedisConnection) throws -> [[UInt8]: Held] {
    let keys = try #require(try connection.command("KEYS", "*").elements).compactMap(\.value)
    let commands = keys.flatMap { key -> [[RedisWord]] in
      [["DEBUG", "DIGEST-VALUE", RedisWord(key)], ["PEXPIRETIME", RedisWord(key)], ["TYPE", RedisWord(key)]]
    }
    let replies = try connection.pipeline(commands, timeoutNanoseconds: 20_000_000_000)
    var content: [[UInt8]: Held] = [:]
    for (place, key) in keys.enumerated() {
      content[key] = Held(
        digest: try #require(replies[place * 3].elements?.first?.text),
        type: replies[place * 3 + 2].text ?? "", expiresAt: try #require(replies[place * 3 + 1].integer))
    }
    return content
  }

  private func remove(
    _ layout: ContextLayout, _ roles: [ContextRole] = ContextRole.allCases, to name: String,
    _ connection: inout RedisConnection
  ) throws -> CleanupTally {
    let cleanup = try Cleanup(layout, in: sampleLayout, roles: roles)
    try cleanup.run(on: &connection, dump: folder.file(name))
    return cleanup.tally
  }

  private func restore(
    _ name: String, replacing: Bool = false, _ connection: inout RedisConnection
  ) throws -> DumpRestoration.Tally {
    let restoration = DumpRestoration(replacing: replacing)
    try restoration.run(DumpReader.open(folder.file(name)), on: &connection)
    return restoration.tally
  }

  @Test("Keys of any type, any bytes and 10 MiB go and come back with their expiry; those of others stay")
  func roundTrip() throws {
    var connection = try connect()
    try fill(&connection)
    let before = try content(&connection)
    let preview = try Cleanup(.legacy, in: sampleLayout, roles: ContextRole.allCases)
    try preview.preview(on: &connection)
    #expect(preview.tally.found == 2_511)
    #expect(preview.tally.removed == 0)
    #expect(preview.tally.dump == nil)
    #expect(preview.tally.types["string"] == 2_506)
    #expect(preview.tally.types["stream"] == 1)
    #expect(try content(&connection) == before)

    let tally = try remove(.legacy, to: "legacy", &connection)
    #expect(tally.found == 2_511)
    #expect(tally.removed == 2_511)
    #expect(tally.writtenMeanwhile == 0)
    #expect(tally.foreign == 0)
    let between = try content(&connection)
    #expect(between.count == 6)
    #expect(between.allSatisfy { before[$0.key] == $0.value })
    let unified = try remove(.unified, [.client], to: "unified", &connection)
    #expect(unified.removed == 4)
    #expect(unified.foreign == 1)
    #expect(try content(&connection).count == 2)

    #expect(try restore("legacy", &connection).restored == 2_511)
    #expect(try restore("unified", &connection).restored == 4)
    #expect(try content(&connection) == before)
    let again = try restore("legacy", &connection)
    #expect(again.restored == 0)
    #expect(again.existing == 2_511)
    #expect(throws: CleanupError.exists(folder.file("legacy"))) { try remove(.legacy, to: "legacy", &connection) }
  }

  @Test("What is written, kept alive or gone between dump and removal is not removed, and is counted")
  func writtenMeanwhile() throws {
    var connection = try connect()
    for number in 0..<600 { try connection.command("SET", "admin:context:\(number)", "old", "EX", "900") }
    let cleanup = try Cleanup(.legacy, in: sampleLayout, roles: [.admin])
    let server = server
    var changed: [String] = []
    cleanup.whenDumped = { records in
      let keys = records.prefix(4).map { String(decoding: $0.key, as: UTF8.self) }
      guard keys.count == 4 else { return }
      _ = try? server.cli("SET", keys[0], "new", "EX", "900")
      _ = try? server.cli("EXPIRE", keys[1], "1800")
      _ = try? server.cli("PERSIST", keys[2])
      _ = try? server.cli("DEL", keys[3])
      changed += keys
    }
    try cleanup.run(on: &connection, dump: folder.file("dump"))
    let batches = changed.count / 4
    #expect(batches >= 3)
    #expect(cleanup.tally.writtenMeanwhile == batches * 3)
    #expect(cleanup.tally.gone == batches)
    #expect(cleanup.tally.removed == 600 - changed.count)
    #expect(cleanup.tally.found == 600)
    #expect(try connection.command("DBSIZE").integer == batches * 3)
    #expect(try connection.command("GET", RedisWord(changed[0])).text == "new")
    #expect(try remove(.legacy, to: "second", &connection).removed == batches * 3)
  }

  @Test("A torn or damaged dump: all before the place comes back, and the place is named")
  func torn() throws {
    var connection = try connect()
    for number in 0..<50 { try connection.command("SET", "admin:context:\(number)", "value \(number)") }
    let tally = try remove(.legacy, to: "dump", &connection)
    let bytes = try Data(contentsOf: URL(filePath: folder.file("dump")))
    #expect(tally.dumpBytes == bytes.count)
    let record = (bytes.count - 15) / 50
    for (damage, expected) in [
      (bytes.prefix(bytes.count - 7), 49), (bytes.prefix(15), 0), (bytes.prefix(20), 0), (bytes.prefix(9), 0),
    ] {
      try damage.write(to: URL(filePath: folder.file("torn")))
      try connection.command("FLUSHALL")
      let restored = try restore("torn", &connection)
      #expect(restored.restored == expected)
      #expect(restored.torn.isEmpty == (damage.count == 15), "\(damage.count)")
    }
    var flipped = bytes
    flipped[15 + 10 * record + 40] ^= 1
    try flipped.write(to: URL(filePath: folder.file("torn")))
    try connection.command("FLUSHALL")
    let restored = try restore("torn", &connection)
    #expect(restored.torn.count == 1)
    #expect((8...12).contains(restored.restored))
    let offset = try #require(restored.torn.first?.offset)
    #expect(offset <= 15 + 10 * record + 40)
    #expect(offset > 15 + 8 * record)
    try Data("something else entirely".utf8).write(to: URL(filePath: folder.file("torn")))
    #expect(throws: CleanupError.foreign(folder.file("torn"))) { try restore("torn", &connection) }
  }

  @Test("A key that is there stays, unless it is to be replaced; one whose time is over stays away")
  func existing() throws {
    var connection = try connect()
    for (key, life) in [("1", "1"), ("2", "1000"), ("3", "1000")] {
      try connection.command("SET", RedisWord("admin:context:\(key)"), "old", "EX", RedisWord(life))
    }
    #expect(try remove(.legacy, to: "dump", &connection).removed == 3)
    try connection.command("SET", "admin:context:2", "new")
    usleep(2_100_000)
    let first = try restore("dump", &connection)
    #expect(first.restored == 1)
    #expect(first.existing == 1)
    #expect(first.expired == 1)
    #expect(try connection.command("GET", "admin:context:2").text == "new")
    #expect(try restore("dump", replacing: true, &connection).restored == 2)
    #expect(try connection.command("GET", "admin:context:2").text == "old")
  }

  @Test("Redis is full in the middle of a restoration: told, and the next run does the rest")
  func full() throws {
    var connection = try connect()
    // What does not get smaller in a dump.
    let noise = (0..<23_000).map { _ in UInt8.random(in: 0...255) }
    for number in 0..<300 {
      try connection.command(
        "SET", "admin:context:\(number)", RedisWord(Array(noise[(number * 10)...].prefix(20_000))))
    }
    let before = try content(&connection)
    #expect(try remove(.legacy, to: "dump", &connection).removed == 300)
    let used = try #require(
      try connection.command("INFO", "memory").text?.split(separator: "\r\n").first { $0.hasPrefix("used_memory:") })
    let limit = try #require(Int(used.dropFirst(12))) + 2_000_000
    try connection.command("CONFIG", "SET", "maxmemory", RedisWord(limit))
    let restoration = DumpRestoration(replacing: false)
    #expect { try restoration.run(DumpReader.open(folder.file("dump")), on: &connection) } throws: {
      "\($0)".contains("maxmemory")
    }
    #expect(restoration.tally.restored > 0)
    #expect(restoration.tally.restored < 300)
    try connection.command("CONFIG", "SET", "maxmemory", "0")
    _ = try restore("dump", &connection)
    #expect(try content(&connection) == before)
  }

  @Test("A read-only replica: told, nothing is removed; and where nothing is to remove, no dump is made")
  func replica() throws {
    var connection = try connect()
    #expect(try remove(.legacy, to: "none", &connection) == CleanupTally())
    #expect(!FileManager.default.fileExists(atPath: folder.file("none")))
    try connection.command("SET", "admin:context:1", "x")
    let replica = try RedisServer()
    try replica.cli("REPLICAOF", "127.0.0.1", "\(server.port)")
    var reading = try connect(replica)
    for _ in 0..<500 where try reading.command("EXISTS", "admin:context:1").integer != 1 { usleep(20_000) }
    #expect { try remove(.legacy, to: "dump", &reading) } throws: { "\($0)".contains("the address of the primary") }
    #expect(try connection.command("GET", "admin:context:1").text == "x")
  }
}

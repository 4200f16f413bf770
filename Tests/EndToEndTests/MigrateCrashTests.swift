import Foundation
import Redis
import TestSupport
import Testing

/// How often it is killed: 15 times, or as often as TURNOUT_MIGRATION_CRASHES says.
private let crashes = ProcessInfo.processInfo.environment["TURNOUT_MIGRATION_CRASHES"].flatMap { Int($0) } ?? 15

@Suite("turnout migrate that is killed", .ownThread)
struct MigrateCrashTests {
  private static let count = 1_500

  /// Values of every key, and for how long it stays: "week", "no end", or the minutes.
  private func state(_ connection: inout RedisConnection) throws -> [String: String] {
    guard let keys = try connection.command("KEYS", "*", timeoutNanoseconds: 10_000_000_000).elements else {
      return [:]
    }
    let names = keys.compactMap(\.text)
    let values = try connection.pipeline(names.map { ["GET", RedisWord($0)] }, timeoutNanoseconds: 10_000_000_000)
    let left = try connection.pipeline(names.map { ["PTTL", RedisWord($0)] }, timeoutNanoseconds: 10_000_000_000)
    var state: [String: String] = [:]
    for (place, name) in names.enumerated() {
      let time = left[place].integer ?? -2
      // A legacy key lives for 25 or 28 minutes at first: runs of seconds do not mix them up.
      let stays = time < 0 ? "no end" : time > 600_000_000 ? "week" : time > 1_590_000 ? "28" : "25"
      state[name] = "\(stays) \(values[place].text ?? "of another type")"
    }
    return state
  }

  private func fill(_ connection: inout RedisConnection) throws {
    var commands: [[RedisWord]] = [
      ["FLUSHALL"], ["SET", "chat:customer:bad", "oops"], ["HSET", "admin:context:bad", "a", "b"],
    ]
    for user in 0..<Self.count {
      let prefix = user.isMultiple(of: 5) ? "admin:context:" : "chat:customer:"
      let value =
        #"{"state":{"step":\#(user)},"messages":[{"role":"user","content":"\#(user)","at":\#(1_000 + user)}]}"#
      commands.append(["SET", "\(prefix)\(user)", RedisWord(value), "EX", user.isMultiple(of: 2) ? "1680" : "1500"])
    }
    for reply in try connection.pipeline(commands, timeoutNanoseconds: 10_000_000_000) {
      if let text = reply.failure { throw SetupError(text) }
    }
  }

  @Test("At any moment: a second run leaves exactly what an undisturbed one leaves")
  func killed() throws {
    let (server, folder) = (try RedisServer(), try TemporaryFolder())
    var connection = try RedisConnection.open(try RedisAddress(parsing: server.address()), name: "test")
    func start() throws -> Program {
      let words = ["migrate", "--redis", server.address(), "--report", folder.file("report")]
      return try Program(ProxyProcess.binary(), words, in: folder.path, log: folder.file("log"))
    }
    try fill(&connection)
    #expect(try start().wait() == .exited(2))
    let undisturbed = try state(&connection)
    #expect(undisturbed.count == 5 * Self.count + 2)
    var midway = 0
    for crash in 0..<crashes {
      try fill(&connection)
      let process = try start()
      // Anywhere between the first key and the last, and sometimes before the one or after the other.
      let keys = Self.count + Int.random(in: -100...4 * Self.count)
      while process.exitStatus == nil, (try connection.command("DBSIZE").integer ?? 0) < keys {}
      process.send(SIGKILL)
      _ = process.wait()
      let left = try connection.command("DBSIZE").integer ?? 0
      if left > Self.count + 2, left < 5 * Self.count + 2 { midway += 1 }
      #expect(try start().wait() == .exited(2), "\(folder.text("log"))")
      let again = try state(&connection)
      #expect(
        again == undisturbed,
        "crash \(crash) at \(left) keys: \(again.filter { undisturbed[$0.key] != $0.value }.prefix(3))")
    }
    print("killed \(crashes) times, \(midway) of them midway")
    #expect(midway >= crashes / 4)
  }
}

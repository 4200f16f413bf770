import Foundation
import Redis
import TestSupport
import Testing

@Suite("turnout migrate --reverse, kill --preview and verify", .ownThread)
struct ReverseCommandTests {
  private static let count = 900
  private let server: RedisServer
  private let folder: TemporaryFolder

  init() throws {
    server = try RedisServer()
    folder = try TemporaryFolder()
    try folder.write(#"{ "UNIFIED_CONVERSATION_ENABLED": 100 }"#, to: "flags.json")
  }

  private func start(_ words: [String], log: String) throws -> Program {
    try Program(ProxyProcess.binary(), words, in: folder.path, log: folder.file(log))
  }

  private func run(_ words: String...) throws -> (output: String, status: Program.ExitStatus?) {
    let log = "log-\(UUID().uuidString)"
    let status = try start(words + ["--redis", server.address()], log: log).wait()
    return (folder.text(log), status)
  }

  private func connect() throws -> RedisConnection {
    try RedisConnection.open(
      try RedisAddress(parsing: server.address()), name: "test", timeoutNanoseconds: 10_000_000_000,
      replyLimit: 64 << 20)
  }

  private func conversation(_ user: String, said: Int, legacy: Bool, state: String = "{}") -> [[RedisWord]] {
    let id = "cae878e8-595c-49eb-89c1-494fafb3dc08"
    func message(_ number: Int) -> String { #"{"role":"user","content":"\#(user) \#(number)","at":\#(number)}"# }
    let history = (0..<said).map(message).suffix(10).joined(separator: ",")
    let source = legacy ? #","source":"chat:customer:\#(user)","synced":1"# : ""
    let meta =
      #"{"v":1,"id":"\#(id)","role":"client","user_id":"\#(user)","created_at":1,"updated_at":\#(said),"messages":\#(said)"#
    let front = "conversation:client:\(user)"
    let value = #"{"user_id":"\#(user)","state":{},"messages":[\#(message(0))],"created_at":1,"updated_at":1}"#
    return (legacy ? [["SET", RedisWord("chat:customer:\(user)"), RedisWord(value), "EX", "604800"]] : []) + [
      ["SET", RedisWord("\(front):current"), RedisWord(id), "EX", "900"],
      ["SET", RedisWord("\(front):\(id):history"), RedisWord("[\(history)]"), "EX", "900"],
      ["SET", RedisWord("\(front):\(id):state"), RedisWord(state), "EX", "900"],
      ["SET", RedisWord("\(front):\(id):meta"), RedisWord(meta + source + "}"), "EX", "900"],
    ]
  }

  private func put(_ commands: [[RedisWord]], _ connection: inout RedisConnection) throws {
    for reply in try connection.pipeline(commands, timeoutNanoseconds: 10_000_000_000) {
      if let text = reply.failure { throw SetupError(text) }
    }
  }

  /// Every key with its value and, roughly, for how long it stays.
  private func state(_ connection: inout RedisConnection) throws -> [String: String] {
    let names =
      try connection.command("KEYS", "*", timeoutNanoseconds: 10_000_000_000).elements?.compactMap(\.text) ?? []
    let values = try connection.pipeline(names.map { ["GET", RedisWord($0)] }, timeoutNanoseconds: 10_000_000_000)
    let left = try connection.pipeline(names.map { ["TTL", RedisWord($0)] }, timeoutNanoseconds: 10_000_000_000)
    return Dictionary(
      uniqueKeysWithValues: names.enumerated().map { place, name in
        let seconds = left[place].integer ?? -3
        let stays =
          seconds < 0 ? "for ever" : seconds > 10_000 ? "a week" : seconds > 1_000 ? "half an hour" : "a while"
        return (name, "\(stays) \(values[place].text ?? "nothing")")
      })
  }

  @Test("kill -9 at any moment, and run again: the same end state as without")
  func killed() throws {
    var connection = try connect()
    let all = (0..<Self.count).flatMap { number in
      conversation("\(number)", said: 1 + number % 15, legacy: number % 3 > 0, state: #"{"n":\#(number)}"#)
    }
    func fill() throws { try put([["FLUSHALL"]] + all, &connection) }
    let words = ["migrate", "--reverse", "--all", "--redis", server.address()]
    try fill()
    #expect(try start(words, log: "log").wait() == .exited(0), "\(folder.text("log"))")
    let expected = try state(&connection)
    var midway = 0
    for _ in 0..<5 {
      try fill()
      let process = try start(words, log: "killed")
      let keys = 4 * Self.count + 2 * Self.count / 3
      let most = keys + Int.random(in: 1..<Self.count / 3)
      while process.exitStatus == nil, (try connection.command("DBSIZE").integer ?? 0) < most {}
      process.send(SIGKILL)
      _ = process.wait()
      let left = try connection.command("DBSIZE").integer ?? 0
      if left > keys, left < keys + Self.count / 3 { midway += 1 }
      #expect(try start(words, log: "again").wait() == .exited(0), "\(folder.text("again"))")
      let again = try state(&connection)
      #expect(again == expected, "\(again.filter { expected[$0.key] != $0.value }.prefix(3))")
    }
    print("killed 5 times, \(midway) of them midway")
    #expect(midway > 0)
  }

  @Test("The whole rollback from the command line: preview, kill, dry run, reverse; a second run writes nothing")
  func rollback() throws {
    var connection = try connect()
    try put(
      conversation("42", said: 3, legacy: true, state: #"{"step":1}"#) + conversation("43", said: 14, legacy: false)
        + conversation("44", said: 1, legacy: true), &connection)
    let before = try state(&connection)

    let preview = try run("kill", "--preview")
    #expect(preview.status == .exited(0))
    for line in [
      " 3  have a conversation on unified", " 2  would lose something", "16  that legacy does not have",
      "12  come back with turnout migrate --reverse", " 4  older than the last 10 of their conversation",
      " 1  are in the middle of several steps", "  turnout kill\n", "  turnout migrate --reverse --redis redis://",
    ] { #expect(preview.output.contains(line), "\(line): \(preview.output)") }
    #expect(preview.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(preview.output)")
    let json = try run("kill", "--preview", "--json").output
    #expect(json.contains(#""messages" : 16"#), "\(json)")
    #expect(json.contains(#""messages_gone" : 4"#), "\(json)")
    #expect(folder.text("flags.json") == #"{ "UNIFIED_CONVERSATION_ENABLED": 100 }"#)

    // Nobody is sent to legacy yet.
    let early = try run("migrate", "--reverse").output
    #expect(early.contains("3  outside the selection"), "\(early)")
    #expect(early.contains("2 conversations outside the selection would be written back, too."), "\(early)")
    #expect(early.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(early)")
    #expect(try run("migrate", "--reverse", "--json").output.contains(#""outside_changed" : 2"#))
    #expect(try !run("migrate", "--reverse", "--buckets", "0..0.001").output.contains("outside the selection would"))
    #expect(try state(&connection) == before)
    _ = try start(["kill", "--wait", "0s"], log: "kill").wait()
    let late = try run("kill", "--preview").output
    for line in [
      "is killed already; nothing was changed.\n2 users miss 16 messages.",
      " 2  miss something on legacy", "To bring back what is kept:\n  turnout migrate --reverse --redis redis://",
    ] { #expect(late.contains(line), "\(line): \(late)") }
    #expect(!late.contains("turnout kill\n"), "\(late)")
    #expect(late.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(late)")
    let killed = try run("kill", "--preview", "--json").output
    #expect(killed.contains(#""killed" : true"#), "\(killed)")
    #expect(killed.contains(#""users_losing" : 2"#), "\(killed)")

    let dry = try run("migrate", "--reverse", "--dry-run")
    let lines = dry.output.split(separator: "\n").filter { $0.hasPrefix("{") }
    #expect(dry.status == .exited(0), "\(dry.output)")
    #expect(lines.count == 2, "\(dry.output)")
    #expect(dry.output.contains("nothing was written"), "\(dry.output)")
    #expect(try state(&connection) == before)

    let reverse = try run("migrate", "--reverse")
    #expect(reverse.status == .exited(0))
    #expect(reverse.output.contains("2  with 12 messages"))
    #expect(reverse.output.contains("Lost: 4 messages"), "\(reverse.output)")
    let after = try state(&connection)
    for line in lines {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      for entry in try #require(object["set"] as? [[String: Any]]) {
        let (key, value) = (try #require(entry["key"] as? String), try #require(entry["value"] as? String))
        #expect(after[key]?.hasSuffix(value) == true, "\(key)")
      }
    }
    // What was kept for a rollback is not shortened by it.
    #expect(after["chat:customer:42"]?.hasPrefix("a week") == true)
    #expect(try run("migrate", "--reverse").output.contains("0  with 0 messages"))
    #expect(try run("kill", "--preview").output.contains("Nobody misses anything."))
    #expect(try state(&connection) == after)

    try put([["SET", "chat:customer:42", "?"], ["SET", "conversation:client:44:current", "?"]], &connection)
    let broken = try run("migrate", "--reverse", "--report", folder.file("report"))
    #expect(broken.status == .exited(2))
    #expect(folder.text("report").contains("conversation:client:44:current"))
    #expect(try run("migrate", "--all").status == .exited(64))
  }

  @Test("verify says what differs, in a table, in a file and by its exit status")
  func verify() throws {
    var connection = try connect()
    try put(
      (1...5).map { number in
        let value = #"{"state":{"n":1},"messages":[{"role":"user","content":"hi","at":5}],"updated_at":\#(number)}"#
        return ["SET", RedisWord("chat:customer:\(number)"), RedisWord(value), "EX", "900"]
      }, &connection)
    #expect(try run("verify").output.contains("not migrated                  5"))
    #expect(try run("migrate").status == .exited(0))
    let same = try run("verify")
    #expect(same.status == .exited(0), "\(same.output)")
    #expect(same.output.contains("same                          5"), "\(same.output)")
    let keys = try connection.command("KEYS", "conversation:client:3:*:state").elements?.compactMap(\.text) ?? []
    try put([["SET", RedisWord(try #require(keys.first)), #"{"n":2}"#, "KEEPTTL"]], &connection)
    let before = try state(&connection)
    let differs = try run("verify", "--report", folder.file("differences"))
    #expect(differs.status == .exited(12), "\(differs.output)")
    #expect(differs.output.contains("differs                       1"), "\(differs.output)")
    #expect(differs.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("Listed in") })
    let line = folder.text("differences")
    #expect(line.contains(#"{"expected":"{\"n\":1}","field":"state","found":"{\"n\":2}"}"#), "\(line)")
    #expect(line.contains(#""key":"chat:customer:3""#))
    #expect(try run("verify", "--json").output.contains(#""differs" : 1"#))
    try put([["SET", RedisWord(try #require(keys.first)), "?", "KEEPTTL"]], &connection)
    #expect(try run("verify").status == .exited(2))
    #expect(try state(&connection).count == before.count)
  }
}

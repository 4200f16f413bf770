import Foundation
import Redis
import TestSupport
import Testing

@Suite("turnout migrate", .ownThread)
struct MigrateCommandTests {
  private let server: RedisServer
  private let folder: TemporaryFolder

  init() throws {
    server = try RedisServer()
    folder = try TemporaryFolder()
  }

  private func start(_ words: [String], log: String) throws -> Program {
    let all = ["migrate", "--redis", server.address()] + words
    return try Program(ProxyProcess.binary(), all, in: folder.path, log: folder.file(log))
  }

  private func run(_ words: String...) throws -> (output: String, status: Program.ExitStatus?) {
    let log = "log-\(UUID().uuidString)"
    let status = try start(words, log: log).wait()
    return (folder.text(log), status)
  }

  private func redis(_ commands: [[RedisWord]]) throws {
    var connection = try RedisConnection.open(try RedisAddress(parsing: server.address()), name: "test")
    for reply in try connection.pipeline(commands, timeoutNanoseconds: 10_000_000_000) {
      if let text = reply.failure { throw SetupError(text) }
    }
  }

  @Test("The dry run prints what the run writes, and writes nothing")
  func dryRun() throws {
    try redis([
      [
        "SET", "chat:customer:42", #"{"state":{"a":1},"messages":[{"role":"user","content":"hi","at":5}]}"#, "EX",
        "900",
      ],
      ["SET", "admin:context:7", "{}"], ["SET", "chat:customer:bad", "oops"],
    ])
    let before = try server.cli("DEBUG", "DIGEST")
    let (output, status) = try run("--dry-run")
    #expect(try server.cli("DEBUG", "DIGEST") == before)
    #expect(status == .exited(2), "\(output)")
    #expect(output.contains("Dry run, nothing was written"), "\(output)")
    var written: [String: (value: String, ttl: Int)] = [:]
    var actions: [String] = []
    for line in output.split(separator: "\n") where line.hasPrefix("{") {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      actions.append(try #require(object["action"] as? String))
      for entry in object["set"] as? [[String: Any]] ?? [] {
        let key = try #require(entry["key"] as? String)
        written[key] = (try #require(entry["value"] as? String), try #require(entry["ttl_ms"] as? Int))
      }
    }
    #expect(actions.sorted() == ["create", "create", "leave"], "\(output)")
    #expect(written.count == 8, "\(output)")
    #expect(try run().status == .exited(2))
    for (key, entry) in written {
      #expect(try server.cli("GET", key) == entry.value)
      let left = try #require(Int(try server.cli("PTTL", key)))
      #expect(left <= entry.ttl, "\(key) \(left) \(entry.ttl)")
      #expect(left > entry.ttl - 60_000, "\(key) \(left) \(entry.ttl)")
    }
    #expect(Int(try server.cli("DBSIZE")) == 3 + 8)
  }

  @Test("What cannot be read stands in a file that is made only then, and the exit status says so")
  func report() throws {
    try redis([["SET", "chat:customer:1", "{}"]])
    #expect(try run().status == .exited(0))
    #expect(!(try names()).contains { $0.hasSuffix(".jsonl") })
    try redis([["SET", "chat:customer:bad", "oops"], ["LPUSH", "chat:customer:list", "x"]])
    let (output, status) = try run()
    #expect(status == .exited(2), "\(output)")
    #expect(output.contains("2  could not be read"), "\(output)")
    let file = try #require(try names().first { $0.hasPrefix("turnout-migrate-report-") && $0.hasSuffix(".jsonl") })
    let lines = folder.text(file)
    #expect(lines.contains(#""key":"chat:customer:bad","reason":"not a JSON object"#), "\(lines)")
    #expect(lines.contains(#""key":"chat:customer:list","reason":"a list where a string is expected""#), "\(lines)")
    let named = try run("--report", "mine.jsonl", "--json")
    #expect(named.output.contains(#""unreadable" : 2"#))
    #expect(folder.text("mine.jsonl").split(separator: "\n").count == 2)
  }

  private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }

  @Test(
    "A time to keep legacy keys that is shorter than a context lives is refused, also below 1 s",
    arguments: ["500ms", "1s"])
  func keepsTooShort(_ time: String) throws {
    let (output, status) = try run("--keep-legacy", time)
    #expect(status == .exited(64), "\(output)")
  }

  @Test("A stage takes the users of the next raise by the flag in the store; what is no raise is refused")
  func stage() throws {
    try folder.write(#"{"UNIFIED_CONVERSATION_ENABLED": 10}"#, to: "flags.json")
    try redis((0..<200).map { ["SET", "chat:customer:\($0)", "{}", "EX", "900"] })
    let (output, status) = try run("--stage", "50", "--json")
    #expect(status == .exited(0), "\(output)")
    let which = try Program(
      ProxyProcess.binary(), ["which", "--json"] + (0..<200).map(String.init), in: folder.path,
      log: folder.file("which"))
    _ = which.wait()
    struct Decisions: Decodable {
      struct One: Decodable {
        var user: String
        var bucket: Int
      }
      var decisions: [One]
    }
    let decisions = try JSONDecoder().decode(Decisions.self, from: Data(folder.text("which").utf8)).decisions
    #expect(decisions.count == 200)
    for one in decisions {
      let there = try server.cli("EXISTS", "conversation:client:\(one.user):current") == "1"
      #expect(there == (10_000..<50_000).contains(one.bucket), "\(one.user)")
    }
    for words in [
      ["--stage", "10"], ["--stage", "5"], ["--buckets", "50..10"], ["--stage", "50", "--buckets", "1..2"],
    ] {
      #expect(try start(words, log: "refused").wait() == .exited(64), "\(words)")
    }
    #expect(folder.text("refused").contains("moves nobody"))
  }

  @Test("A Redis that is lost, or not there, is said with how far it came and what to do; SIGINT ends with the summary")
  func lost() throws {
    try redis((0..<5_000).map { ["SET", "chat:customer:\($0)", "{}", "EX", "900"] })
    let process = try start(["--limit-rate", "500"], log: "lost")
    try eventually(within: .seconds(20)) { try Int(server.cli("DBSIZE")) ?? 0 > 5_400 }
    server.kill()
    #expect(process.wait() == .exited(1))
    let log = folder.text("lost")
    #expect(log.contains("Ended early"), "\(log)")
    #expect(log.contains("migrated"), "\(log)")
    #expect(log.contains("To continue, run the command again."), "\(log)")
    #expect(try run().status == .exited(1))
    try server.restart()
    try redis((0..<5_000).map { ["SET", "chat:customer:\($0)", "{}", "EX", "900"] })
    let second = try start(["--limit-rate", "500"], log: "interrupted")
    try eventually(within: .seconds(20)) { try Int(server.cli("DBSIZE")) ?? 0 > 5_400 }
    second.send(SIGINT)
    #expect(second.wait() == .exited(1))
    let text = folder.text("interrupted")
    #expect(text.contains("Ended early"), "\(text)")
    #expect(text.contains("Interrupted."), "\(text)")
    let rest = try run("--json")
    #expect(rest.status == .exited(0), "\(rest.output)")
    #expect(!rest.output.contains(#""present" : 0"#), "\(rest.output)")
    #expect(try server.cli("DBSIZE") == "25000")
  }
}

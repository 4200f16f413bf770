import Foundation
import TestSupport
import Testing

@Suite("Legacy contexts are removed by a command that may be killed", .ownThread)
struct CleanupCommandTests {
  private let folder: TemporaryFolder
  private let server: RedisServer

  init() throws {
    folder = try TemporaryFolder()
    server = try RedisServer()
  }

  private func start(_ words: [String], log: String) throws -> Program {
    try Program(
      ProxyProcess.binary(), words + ["--redis", server.address()], in: folder.path, log: folder.file(log))
  }

  private func run(_ words: String...) throws -> (output: String, status: Program.ExitStatus?) { try run(words) }

  private func run(_ words: [String]) throws -> (output: String, status: Program.ExitStatus?) {
    let log = UUID().uuidString
    let status = try start(words, log: log).wait()
    return (folder.text(log), status)
  }

  @Test("Killed again and again, it removes nothing that is in no dump; the last run finishes; all of it comes back")
  func killed() throws {
    try folder.write("{\"UNIFIED_CONVERSATION_ENABLED\": 100}", to: "flags.json")
    let count = 20_000
    try server.cli(
      "EVAL", "for i = 1, \(count) do redis.call('SET', 'chat:customer:' .. i, 'value of ' .. i, 'EX', 3600) end", "0")
    var dumps: [String] = []
    for attempt in 0..<8 {
      let dump = "attempt-\(attempt).dump"
      // At most 20 000 a second: it is still at work when it is killed.
      let process = try start(
        ["cleanup", "legacy", "--force", "--dump", dump, "--limit-rate", "20000"], log: "log-\(attempt)")
      eventually(within: .seconds(5)) { (try? FileManager.default.attributesOfItem(atPath: folder.file(dump))) != nil }
      usleep(UInt32.random(in: 0...60_000))
      process.send(SIGKILL)
      #expect(process.wait() == .signalled(SIGKILL))
      if FileManager.default.fileExists(atPath: folder.file(dump)) { dumps.append(dump) }
    }
    let left = try #require(Int(server.cli("DBSIZE")))
    #expect(left < count)
    #expect(left > 0)
    let last = try run("cleanup", "legacy", "--force", "--yes", "--dump", "last.dump")
    #expect(last.status == .exited(0), "\(last.output)")
    #expect(try server.cli("DBSIZE") == "0")
    dumps.append("last.dump")
    for dump in dumps {
      let back = try run("restore-dump", dump)
      // A torn end is told, and was never removed from Redis.
      #expect(back.status == .exited(0) || back.output.contains("torn at byte"), "\(back.output)")
    }
    let wrong = try server.cli(
      "EVAL",
      """
      local wrong = 0
      for i = 1, \(count) do
        local key = 'chat:customer:' .. i
        if redis.call('GET', key) ~= 'value of ' .. i or redis.call('TTL', key) < 3000 then wrong = wrong + 1 end
      end
      return wrong
      """, "0")
    #expect(wrong == "0")
    #expect(try server.cli("DBSIZE") == "\(count)")
  }

  @Test("What is wrong with a file is said, and nothing of running again; a dump that is there is no reason to look")
  func files() throws {
    try folder.write("{\"UNIFIED_CONVERSATION_ENABLED\": 0}", to: "flags.json")
    try folder.write("listen: 1", to: "turnout.txt")
    try server.cli("SET", "conversation:client:1:current", "x")
    #expect(try run("cleanup", "unified", "--dump", "good.dump").status == .exited(0))
    for (words, part) in [
      (["restore-dump", "nosuch.dump"], "read nosuch.dump: No such file"),
      (["restore-dump", "good.dump", "turnout.txt"], "turnout.txt is not a dump file"),
      (["cleanup", "unified", "--dump", "turnout.txt"], "turnout.txt exists already; name another file"),
    ] {
      let (output, status) = try run(words)
      #expect(status == .exited(1), "\(output)")
      #expect(output.contains(part), "\(output)")
      #expect(!output.contains("again"), "\(output)")
      #expect(!output.contains("found"), "\(output)")
      #expect(!output.contains("records"), "\(output)")
    }
    #expect(try server.cli("DBSIZE") == "0")
    #expect(try run("restore-dump", "good.dump").status == .exited(0))
    #expect(try server.cli("DBSIZE") == "1")
  }

  @Test("It is refused while the contexts are in use and for 7 days, and --force proceeds and prints the reasons")
  func refused() throws {
    try server.cli("SET", "chat:customer:1", "{}")
    try server.cli("SET", "conversation:client:1:current", "x")
    try folder.write("{\"UNIFIED_CONVERSATION_ENABLED\": 50}", to: "flags.json")
    for (change, layout, part) in [
      ([], "legacy", "is at 50 %"), ([], "unified", "50 % of all users to unified"),
      (["set", "100", "--yes", "--wait", "0s"], "legacy", "less than 7 days"),
      (["kill", "--wait", "0s"], "legacy", "is killed"),
    ] {
      if !change.isEmpty {
        let log = UUID().uuidString
        _ = try Program(ProxyProcess.binary(), change, in: folder.path, log: folder.file(log)).wait()
      }
      let answer = try run("cleanup", layout)
      #expect(answer.status == .exited(1), "\(answer.output)")
      #expect(answer.output.contains(part), "\(answer.output)")
      #expect(answer.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(answer.output)")
      #expect(try run("cleanup", layout, "--dry-run").output.contains("now refused"))
    }
    #expect(try server.cli("DBSIZE") == "2")
    let unified = try run("cleanup", "unified", "--yes", "--json")
    #expect(unified.status == .exited(0), "\(unified.output)")
    #expect(unified.output.contains("\"removed\" : 1"), "\(unified.output)")
    let forced = try run("cleanup", "legacy", "--force")
    #expect(forced.status == .exited(0))
    #expect(forced.output.contains("warning: removing the legacy contexts although"))
    #expect(try server.cli("DBSIZE") == "0")
  }
}

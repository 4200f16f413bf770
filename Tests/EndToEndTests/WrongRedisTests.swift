import Foundation
import TestSupport
import Testing

@Suite("Which Redis a command about contexts looks in")
struct WrongRedisTests {
  private let server: RedisServer
  private let folder: TemporaryFolder

  init() throws {
    server = try RedisServer()
    folder = try TemporaryFolder()
    try folder.write(#"{ "UNIFIED_CONVERSATION_ENABLED": 100 }"#, to: "flags.json")
  }

  private func run(
    _ words: [String], _ environment: [String: String] = ["REDIS_URL": ""]
  ) throws -> (output: String, status: Program.ExitStatus?) {
    let log = UUID().uuidString
    let process = try Program(
      ProxyProcess.binary(), words, in: folder.path, environment: environment, log: folder.file(log))
    let status = process.wait()
    return (folder.text(log), status)
  }

  private static let commands = [
    ["migrate"], ["verify"], ["kill", "--preview"], ["migrate", "--reverse"], ["migrate", "--dry-run"],
  ]

  @Test(
    "It is always named, without its password, and a command that finds nothing asks whether it is the right one")
  func named() throws {
    let address = server.address()
    for words in Self.commands {
      let (output, status) = try run(words + ["--redis", address])
      #expect(status == .exited(0), "\(words): \(output)")
      #expect(output.contains("In \(address)\n"), "\(words): \(output)")
      let text = output.replacing("\n", with: " ")
      #expect(text.contains("No "), "\(text)")
      #expect(text.contains("Is it the right Redis? Choose one with --redis or REDIS_URL."), "\(text)")
      #expect(output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(output)")
    }
    for words in Self.commands.dropLast() {
      let (output, _) = try run(words + ["--redis", address, "--json"])
      #expect(output.contains("\"redis\" : \"\(address)\""), "\(words): \(output)")
    }
    try server.cli("SET", "chat:customer:1", "{}", "EX", "900")
    #expect(
      try run(["migrate", "--redis", address, "--role", "admin"]).output.contains("No legacy contexts of role admin"))
    for words in Self.commands {
      #expect(try !run(words + ["--redis", address]).output.contains(" found in "), "\(words)")
    }
    try server.cli("CONFIG", "SET", "requirepass", "secret")
    let place = address.replacing("redis://", with: "redis://:secret@")
    for words in Self.commands {
      let (output, status) = try run(words + ["--redis", place])
      #expect(status == .exited(0), "\(output)")
      #expect(!output.contains("secret"), "\(output)")
      #expect(output.contains("***"), "\(output)")
    }
  }

  @Test("--redis, else REDIS_URL, else contexts.redis of the file, else that of the flags")
  func order() throws {
    let nobody = "redis://127.0.0.1:1/0"
    func yaml(_ contexts: String) throws {
      try folder.write(
        "flags: flags.json\ncohorts: {legacy: {servers: [http://a]}, unified: {servers: [http://b]}}\n\(contexts)\n",
        to: "turnout.yaml")
    }
    try yaml("contexts: {redis: \"\(server.address())\"}")
    #expect(try run(["verify"]).output.contains("In \(server.address())"))
    #expect(try run(["verify"], ["REDIS_URL": nobody]).output.contains("In \(nobody)"))
    #expect(try run(["verify", "--redis", server.address()], ["REDIS_URL": nobody]).status == .exited(0))
    #expect(try run(["verify", "--flags", nobody]).output.contains("In \(server.address())"))
    try yaml("contexts: {redis: \"\(nobody)\"}")
    #expect(try run(["verify", "--redis", server.address()]).output.contains("In \(server.address())"))
    #expect(try run(["verify"], ["REDIS_URL": server.address()]).output.contains("In \(server.address())"))
    try yaml("contexts: {redis: nonsense}")
    let unclear = try run(["verify"])
    #expect(unclear.status == .exited(78), "\(unclear.output)")
    #expect(unclear.output.contains("or give --redis"), "\(unclear.output)")
    #expect(try run(["verify", "--redis", server.address()]).status == .exited(0))
    try yaml("")
    try server.cli("SET", "UNIFIED_CONVERSATION_ENABLED", "10")
    #expect(try run(["verify", "--flags", server.address()]).output.contains("In \(server.address())"))
  }

  @Test("With --json a failure is a document, too, and the exit status is as without")
  func failures() throws {
    func document(_ words: [String]) throws -> (object: [String: Any]?, status: Program.ExitStatus?) {
      let status = try Program(
        "/bin/sh", ["-c", #""$0" "$@" 2>/dev/null"#, ProxyProcess.binary()] + words, in: folder.path,
        environment: ["REDIS_URL": ""], log: folder.file("document")
      ).wait()
      defer { try? FileManager.default.removeItem(atPath: folder.file("document")) }
      return (try? JSONSerialization.jsonObject(with: Data(folder.text("document").utf8)) as? [String: Any], status)
    }
    let away = ["--redis", "redis://127.0.0.1:1/0", "--json"]
    for words in [["inspect"], ["kill", "--preview"], ["cleanup", "unified"], ["restore-dump", "no.dump"]] {
      let (object, status) = try document(words + away)
      #expect(status == .exited(1), "\(words): \(object ?? [:])")
      #expect((object?["error"] as? String)?.isEmpty == false, "\(words): \(object ?? [:])")
    }
    let (unknown, wrong) = try document(["kill", "--preview", "--flag", "other"] + away)
    #expect(wrong == .exited(78), "\(unknown ?? [:])")
    #expect(unknown?["error"] is String, "\(unknown ?? [:])")
    let (refused, status) = try document(["cleanup", "unified", "--redis", server.address(), "--json"])
    #expect(status == .exited(1), "\(refused ?? [:])")
    #expect((refused?["objections"] as? [String])?.count == 1, "\(refused ?? [:])")
    #expect(refused?["error"] == nil)
    #expect(refused?["layout"] as? String == "unified")
  }
}

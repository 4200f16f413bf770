import Foundation
import TestSupport
import Testing

@Suite("Commands that change flags", .ownThread)
struct CommandTests {
  private static func flags(_ percentage: Int) -> String { "{ \"UNIFIED_CONVERSATION_ENABLED\": \(percentage) }" }

  @Test("Of several operators who change the same revision at once, one succeeds and the others see the change")
  func together() throws {
    let stage = try Stage(flags: Self.flags(0))
    let folder = stage.proxy.folder
    let commands = try (1...6).map { number in
      let arguments = ["set", "\(number)", "--if-revision", "0", "--reason", "mine", "--wait", "0s"]
      return try Program(ProxyProcess.binary(), arguments, in: folder.path, log: folder.file("operator-\(number)"))
    }
    let statuses = commands.map { $0.wait() }
    #expect(statuses.count { $0 == .exited(0) } == 1)
    #expect(statuses.count { $0 == .exited(3) } == 5)
    for (number, status) in statuses.enumerated() where status == .exited(3) {
      let text = folder.text("operator-\(number + 1)")
      #expect(text.contains("revision"), "\(text)")
      #expect(text.contains("\"mine\""), "\(text)")
    }
    #expect(try stage.proxy.command("log", "--json").output.components(separatedBy: #""action" : "set""#).count == 2)
  }

  @Test("--if-revision refuses a flag that is elsewhere, and shows who put it there")
  func revision() throws {
    let stage = try Stage(flags: Self.flags(0))
    #expect(try stage.proxy.command("set", "20", "--if-revision", "0", "--reason", "first").status == .exited(0))
    let (output, status) = try stage.proxy.command("set", "30", "--if-revision", "0")
    #expect(status == .exited(3))
    #expect(output.contains("at revision 1"))
    #expect(output.contains("\"first\""))
    #expect(output.contains("20 % now"))
    #expect(try stage.proxy.command("kill", "--if-revision", "1").status == .exited(0))
  }

  @Test("A large step up is refused without --yes, a step down or a kill never is")
  func largeStep() throws {
    let stage = try Stage(settings: "flag_store: { largest_step: 12.5 }", flags: Self.flags(10))
    let (output, status) = try stage.proxy.command("set", "22.501")
    #expect(status == .exited(6))
    #expect(output.contains("10 % -> 22.501 % moves 12.501 %"), "\(output)")
    #expect(output.contains("--yes"), "\(output)")
    #expect(output.contains("turnout set 22.5"))
    #expect(stage.proxy.folder.text("flags.json") == Self.flags(10))
    #expect(try stage.proxy.command("set", "22.5").status == .exited(0))
    #expect(try stage.proxy.command("set", "100", "--yes").status == .exited(0))
    #expect(try stage.proxy.command("set", "1").status == .exited(0))
    #expect(try stage.proxy.command("kill").status == .exited(0))
    #expect(try stage.proxy.command("set", "99").status == .exited(0), "nobody moves while it is killed")
  }

  @Test("allow and deny move single users, and --remove gives them back to their buckets")
  func lists() throws {
    let stage = try Stage(flags: Self.flags(0))
    let client = try stage.client()
    func side(_ user: String) throws -> String { try client.get(user: user).text }
    #expect(try stage.proxy.command("allow", "lena", "uma").output.contains("allows 2 more users"))
    #expect(try [side("lena"), side("uma"), side("ida")] == ["unified", "unified", "legacy"])
    #expect(try stage.proxy.command("deny", "uma", "--reason", "asked for it").status == .exited(0))
    #expect(try [side("lena"), side("uma")] == ["unified", "legacy"])
    #expect(try stage.proxy.command("deny", "uma").output.contains("has these users already"))
    #expect(try stage.proxy.command("allow", "--remove", "lena", "uma").output.contains("forgets 2 users"))
    #expect(try [side("lena"), side("uma")] == ["legacy", "legacy"])
    for wrong in [[String(repeating: "u", count: 257)], ["-"], [""], ["lena", ""]] {
      #expect(try stage.proxy.command(["allow"] + wrong).status == .exited(64))
    }
    let log = try stage.proxy.command("log").output
    #expect(log.contains("forget: 0 allowed, 0 denied"))
    #expect(log.contains("users lena, uma"))
  }

  @Test("The log has every change, of commands and of editors, the newest first")
  func log() throws {
    let stage = try Stage(flags: Self.flags(0))
    #expect(try stage.proxy.command("log").output.contains("no changes are recorded"))
    try stage.proxy.command("set", "20", "--reason", "a fifth")
    try stage.proxy.command("kill")
    try stage.proxy.setFlags(Self.flags(33))
    #expect(try eventually { try stage.proxy.command("log", "--limit", "1").output.contains("33 %") })
    let text = try stage.proxy.command("log").output
    let places = ["KILLED -> 33 %", "20 % -> KILLED, revision 2", "0 % -> 20 %, revision 1", "\"a fifth\""].map {
      text.firstRange(of: $0)?.lowerBound
    }
    #expect(places.allSatisfy { $0 != nil }, "\(text)")
    #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted(), "\(text)")
    #expect(text.contains("found in the file"))
    #expect(text.contains("cli on "))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(text)")
    #expect(try stage.proxy.command("log", "--flag", "OTHER").output.contains("no changes of OTHER are recorded"))
    let trail = stage.proxy.folder.text("flags.audit.jsonl")
    try stage.proxy.folder.write(trail + "torn\n", to: "flags.audit.jsonl")
    #expect(try stage.proxy.command("log").output.contains("note: skipped 1 unreadable line of the trail"))
  }

  @Test("What was asked of whom is in the JSON")
  func json() throws {
    let stage = try Stage(flags: Self.flags(0))
    let output = try stage.proxy.command("set", "20", "--json").output
    #expect(output.contains(#""confirmed" : 1"#))
    #expect(output.contains(#""total" : 1"#))
    #expect(output.contains(#""missing" : ["#))
  }

  @Test("Without a proxy, status shows what is stored and says that nobody answers")
  func nobody() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.flags(12), to: "flags.json")
    let arguments = ["status", "--admin", "127.0.0.1:\(try FreePort.take())"]
    let command = try Program(ProxyProcess.binary(), arguments, in: folder.path, log: folder.file("log"))
    #expect(command.wait() == .exited(5))
    #expect(folder.text("log").contains("UNIFIED_CONVERSATION_ENABLED  12 %"))
    #expect(folder.text("log").contains("No proxy responds"))
  }
}

import Foundation
import TestSupport
import Testing

@Suite("turnout layout, and the layout in turnout check")
struct LayoutCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(#"{ "UNIFIED_CONVERSATION_ENABLED": 100 }"#, to: "flags.json")
  }

  private func run(
    _ words: String..., redis: String = ""
  ) throws -> (output: String, status: Program.ExitStatus?) {
    let log = UUID().uuidString
    let process = try Program(
      ProxyProcess.binary(), words, in: folder.path, environment: ["REDIS_URL": redis], log: folder.file(log))
    let status = process.wait()
    return (folder.text(log), status)
  }

  private func configure(_ contexts: String) throws {
    try folder.write(
      """
      cohorts:
        legacy: {servers: [http://127.0.0.1:9001]}
        unified: {servers: [http://127.0.0.1:9002]}
      contexts: {\(contexts)}
      """, to: "turnout.yaml")
  }

  @Test("show prints the file that ships, and lists the names")
  func show() throws {
    let names = try run("layout", "show").output.split(separator: "\n").map(String.init)
    #expect(names == ["spec-012", "turnout"])
    for name in names {
      let shipped = try Repository.text("Sources/Conversations/Layouts/Shipped/\(name).yaml")
      #expect(try run("layout", "show", name).output == shipped)
    }
    let (output, status) = try run("layout", "show", "spec-12")
    #expect(status == .exited(64))
    #expect(output.contains("Those that ship: spec-012, turnout."))
  }

  @Test("A file with the name of a layout that ships is read; the command that a preview advises names the layout, too")
  func named() throws {
    let redis = try RedisServer()
    let text = try run("layout", "show", "turnout").output
    // Another key: the layout that ships would find nothing.
    try folder.write(text.replacing("chat:customer:{user}", with: "mine:{user}"), to: "mine.yaml")
    try redis.cli("SET", "mine:7", #"{"user_id":"7","state":{"step":1},"messages":[],"created_at":1,"updated_at":1}"#)
    let (migrated, status) = try run("migrate", "--layout", "mine.yaml", redis: redis.address())
    #expect(status == .exited(0), "\(migrated)")
    #expect(try redis.cli("--scan", "--pattern", "conversation:client:7:*:meta") != "", "\(migrated)")
    let preview = try run("kill", "--preview", "--layout", "mine.yaml", redis: redis.address()).output
    #expect(preview.contains("--layout mine.yaml"), "\(preview)")
  }

  @Test("A file that show printed is valid; a mistake in it is reported with its line by layout check and by check")
  func check() throws {
    let text = try run("layout", "show", "spec-012").output
    try folder.write(text, to: "mine.yaml")
    let (valid, status) = try run("layout", "check", "mine.yaml")
    #expect(status == .exited(0))
    #expect(valid.hasPrefix("The layout spec-012 is valid.\nclient, 1,800 seconds after the last use\n"), "\(valid)")
    try configure("layout: mine.yaml")
    #expect(try run("check").output.contains("layout    mine.yaml\n"))
    try folder.write(text.replacing("lifetime: 3600", with: "lifetme: 3600"), to: "mine.yaml")
    for words in [["layout", "check", "mine.yaml"], ["layout", "check"], ["check"]] {
      let log = UUID().uuidString
      let process = try Program(
        ProxyProcess.binary(), words, in: folder.path, environment: ["REDIS_URL": ""], log: folder.file(log))
      #expect(process.wait() == .exited(78), "\(words)")
      let found = folder.text(log)
      #expect(found.contains("mine.yaml:"), "\(found)")
      #expect(found.contains(": roles.admin.lifetme: unknown key; did you mean lifetime?"), "\(found)")
    }
  }

  @Test("Queries of turnout.yaml are checked with the layout, and a layout that hides behind a mistake is refused")
  func queries() throws {
    try configure("layout: spec-012, queries: {client: {conversations: SELECT 1}}")
    let (output, status) = try run("check")
    #expect(status == .exited(78))
    #expect(output.contains("turnout.yaml:4: contexts.queries.client.conversations: it names no user."), "\(output)")
    try configure("layuot: spec-012")
    let unclear = try run("layout", "check")
    #expect(unclear.status == .exited(78))
    #expect(unclear.output.contains("the section contexts is invalid"), "\(unclear.output)")
  }

  @Test("--sample shows a real key both ways; one that the layout cannot read ends with 12")
  func sample() throws {
    let server = try RedisServer()
    let value =
      #"{"userId":"7","flow":"browsing","createdAt":"2026-03-01T09:00:00+00:00","updatedAt":"2026-03-01T09:03:10+00:00","#
      + #""_context_type":"App\\Domain\\ValueObject\\CustomerConversationContext"}"#
    try server.cli("SET", "chat:customer:7", value)
    let (output, status) = try run(
      "layout", "check", "spec-012", "--sample", "chat:customer:7", redis: server.address())
    #expect(status == .exited(0), "\(output)")
    #expect(
      output.contains(
        "chat:customer:7 is a legacy context of client 7. It would become\n  state  {\"flow\":\"browsing\""))
    #expect(output.contains("and back: every byte as it was.\n"))
    let json = try run("layout", "check", "spec-012", "--sample", "chat:customer:7", "--json", redis: server.address())
    #expect(json.output.contains("\"side\" : \"legacy\""), "\(json.output)")
    try server.cli("SET", "chat:customer:8", #"{"flow":"browsing"}"#)
    let unread = try run("layout", "check", "spec-012", "--sample", "chat:customer:8", redis: server.address())
    #expect(unread.status == .exited(12))
    #expect(unread.output.contains("_context_type is missing"), "\(unread.output)")
  }
}

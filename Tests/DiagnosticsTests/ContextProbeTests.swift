import Conversations
import Flags
import MySQL
import Reactor
import Redis
import TestSupport
import Testing

@testable import Diagnostics

@Suite("What Redis holds of a user", .startsPrograms)
struct ContextProbeTests {
  private let server: RedisServer
  private let probe: ContextProbe
  private let deadline = Deadline(after: .seconds(20))
  private let id = "0a6c3a0e-4b43-4c1c-8f1e-3d1f6a2b7c9d"

  init() throws {
    server = try RedisServer()
    probe = ContextProbe(ContextLocation(address: try RedisAddress(parsing: server.address())), try Layout.standard)
  }

  private func fill(_ user: String, ttl: Int = 1_800) throws {
    let front = "conversation:client:\(user):"
    try server.cli("SET", front + "current", id, "EX", "\(ttl)")
    try server.cli("SET", front + id + ":history", #"[{"role":"user","content":"hi"},1]"#, "EX", "\(ttl)")
    try server.cli("SET", front + id + ":state", "{\"a\":1}", "EX", "\(ttl)")
    try server.cli("SET", front + id + ":meta", "{\"messages\":7}", "EX", "\(ttl)")
  }

  @Test("is read, made short and removed with the rights that the documentation lists, and with none beside")
  func rights() throws {
    var options = RedisServerOptions()
    options.users = [try Repository.documentedRights(of: "smoke")]
    let guarded = try RedisServer(options)
    let address = try RedisAddress(parsing: guarded.address(credentials: "smoke:secret"))
    let probe = ContextProbe(ContextLocation(address: address), try Layout.standard)
    let owner = ContextOwner(.client, "turnout-smoke")
    try guarded.cli("SET", owner.currentKey, id, "EX", "1800")
    for part in ConversationPart.allCases {
      try guarded.cli(
        "SET", owner.key(of: part, try #require(ConversationID(id))), part == .history ? "[]" : "{}", "EX", "1800")
    }
    let context = try #require(try probe.read(.unified, of: owner, deadline))
    try probe.expire(context, inMilliseconds: 500_000, deadline)
    #expect(try !probe.isUnknown(owner.user, deadline))
    #expect(try Baselines.read(probe.location, deadline) == nil)
    var connection = try probe.connect(deadline)
    #expect(try RedisInfo.read(&connection).number("used_memory") != nil)
    let users = TestUsers()
    users.add(owner)
    #expect(try users.removeKeys(from: probe, deadline) == 4)
    expectRefused(try probe.connect(deadline))
  }

  private func expectRefused(_ connection: consuming RedisConnection) {
    var connection = connection
    #expect(throws: RedisError.self) { try connection.command("SET", "chat:customer:1", "x") }
  }

  @Test("is read as it is, in either layout")
  func read() throws {
    let owner = ContextOwner(.client, "a:b")
    #expect(try probe.read(.unified, of: owner, deadline) == nil)
    #expect(try probe.isUnknown("a:b", deadline))
    try fill("a:b")
    let unified = try #require(try probe.read(.unified, of: owner, deadline))
    #expect(unified.id == id)
    #expect(unified.keys.count == 4)
    #expect(unified.messages?.count == 2)
    #expect(unified.messageCount == 7)
    #expect(unified.lifetimeError(ContextLifetimes(), interactionMilliseconds: 0) == nil)
    #expect(try !probe.isUnknown("a:b", deadline))

    try server.cli("SET", "chat:customer:a:b", "{\"x\":1}")
    let legacy = try #require(try probe.read(.legacy, of: owner, deadline))
    #expect(legacy.messages == nil)
    #expect(legacy.keys == [.init(name: "chat:customer:a:b", milliseconds: nil)])
    let error = legacy.lifetimeError(ContextLifetimes(), interactionMilliseconds: 0)
    #expect(error?.found == "chat:customer:a:b never expires")
  }

  private let user = "0f6d2a10-5b7e-4c1d-9a33-2b1c7d5e8f90"
  private let other = "11111111-2222-4333-8444-555555555555"

  private func fill(_ role: String, _ id: String, _ said: String, at time: String) throws {
    let front = "conversation:\(role):\(user):\(id):"
    let history = #"[{"role":"user","content":"\#(said)"},{"role":"assistant","content":"so"}]"#
    let meta = #"{"role":"\#(role)","created_at":"2026-03-01T09:00:00+00:00","last_activity":"\#(time)"}"#
    for (part, value) in [("history", history), ("state", "[]"), ("meta", meta)] {
      try server.cli("SET", front + part, value, "EX", "1800")
    }
  }

  @Test("is found without a pointer, by the id of a response or by the latest activity, and removed in every pattern")
  func guide() throws {
    let probe = ContextProbe(probe.location, try Layout.named("spec-012"))
    let owner = ContextOwner(.client, user)
    #expect(try probe.isUnknown(user, deadline))
    #expect(try probe.read(.unified, of: owner, deadline) == nil)
    try fill("client", id, "one", at: "2026-03-01T09:03:10+00:00")
    try fill("client", other, "two", at: "2026-03-01T09:03:11+00:00")
    #expect(try !probe.isUnknown(user, deadline))
    #expect(try probe.contexts(.unified, of: owner, deadline).map(\.id) == [other, id])
    let first = try #require(try probe.read(.unified, of: owner, id: ConversationID(id), deadline))
    #expect(first.id == id)
    #expect(first.userTexts == ["one"])
    #expect(first.keys.map(\.name).allSatisfy { $0.hasPrefix("conversation:client:\(user):\(id):") })
    #expect(first.keys.count == 3)

    let row = try #require(ConversationID("22222222-2222-4333-8444-555555555555"))
    try probe.move(first, to: row, deadline)
    #expect(try probe.read(.unified, of: owner, id: row, deadline)?.userTexts == ["one"])
    #expect(try probe.contexts(.unified, of: owner, deadline).count == 2)

    let admin = ContextOwner(.admin, user)
    let value = #"{"adminId":"\#(user)","flow":"x","turnCount":2,"createdAt":"2026-03-01T09:00:00+00:00"}"#
    try server.cli("SET", "admin:context:\(user)", value, "EX", "3600")
    let legacy = try #require(try probe.read(.legacy, of: admin, deadline))
    #expect(legacy.id == "admin:context:\(user)")
    #expect(legacy.messages == nil)
    #expect(legacy.createdAt.map { String(decoding: $0, as: UTF8.self) } == "\"2026-03-01T09:00:00+00:00\"")
    for key in ["chat:admin:\(user)", "turnout:moved:chat:admin:\(user)", "chat:customer:1"] {
      try server.cli("SET", key, "{}")
    }
    let users = TestUsers()
    users.add(owner)
    users.add(admin)
    #expect(try users.removeKeys(from: probe, deadline) == 9)
    #expect(try server.cli("KEYS", "*") == "chat:customer:1")
  }

  @Test("leaves rows, and the SQL that removes those of the ids that were seen")
  func rows() throws {
    let layout = try Layout.named("spec-012")
    let ids = [try #require(ConversationID(id)), try #require(ConversationID(other))]
    let sql = { (role: ContextRole) in DatabaseRows.removal(of: ids, try #require(layout.roles[role])) }
    #expect(
      try sql(.client) == [
        "DELETE FROM conversation_messages WHERE conversation_id IN (UNHEX(REPLACE('\(id)', '-', '')), "
          + "UNHEX(REPLACE('\(other)', '-', '')));",
        "DELETE FROM conversations WHERE id IN (UNHEX(REPLACE('\(id)', '-', '')), UNHEX(REPLACE('\(other)', '-', '')));",
      ])
    #expect(try sql(.admin)[1].hasPrefix("DELETE FROM admin_assistant_conversations WHERE id IN (UNHEX("))
    #expect(DatabaseRows.removal(of: [], try #require(layout.roles[.client])).isEmpty)
    #expect(DatabaseRows.removal(of: ids, try #require(try Layout.standard.roles[.client])).isEmpty)
    var role = try #require(layout.roles[.client])
    role.conversations = try ConversationQuery(sql: "SELECT owner, uuid, at FROM chats WHERE owner IN ({users})")
    role.messages = try MessageQuery(
      "SELECT chat, who, said FROM lines WHERE chat IN ({conversations_bytes}) ORDER BY at")
    let bytes = ids.map { "UNHEX(REPLACE('\($0.text)', '-', ''))" }.joined(separator: ", ")
    #expect(
      DatabaseRows.removal(of: ids, role) == [
        "DELETE FROM lines WHERE chat IN (\(bytes));", "DELETE FROM chats WHERE uuid IN (\(bytes));",
      ])
    role.conversations = try ConversationQuery(sql: "SELECT uuid FROM chats WHERE owner = {user}")
    role.messages = nil
    #expect(
      DatabaseRows.removal(of: [ids[0]], role) == ["DELETE FROM chats WHERE uuid IN ('\(id)');"])
  }

  @Test("is a fault that names the key, where it is broken")
  func broken() throws {
    let owner = ContextOwner(.client, "7")
    func found() -> String {
      do {
        _ = try probe.read(.unified, of: owner, deadline)
        return "nothing"
      } catch { return error.found }
    }
    try fill("7")
    try server.cli("SET", "conversation:client:7:\(id):meta", "no")
    #expect(found().hasPrefix("conversation:client:7:\(id):meta cannot be read: not a JSON object: at byte 0"))
    try server.cli("DEL", "conversation:client:7:\(id):meta")
    #expect(found() == "conversation:client:7:\(id):meta is missing, though conversation:client:7:current names it")
    try server.cli("LPUSH", "conversation:client:7:\(id):meta", "x")
    #expect(found().contains("GET conversation:client:7:\(id):meta: "))
    #expect(found().contains("WRONGTYPE"))
    try server.cli("SET", "conversation:client:7:current", "seven")
    #expect(found().contains("not a UUID"))
  }

  @Test("is removed of the users of a run alone, with conversations that are no longer current")
  func testUsers() throws {
    for user in ["turnout-smoke-1", "turnout-smoke-12", "x?", "xy"] { try fill(user) }
    let old = "conversation:admin:x?:11111111-2222-4333-8444-555555555555:state"
    for key in [old, "admin:context:x?", "admin:context:xy"] { try server.cli("SET", key, "{}") }
    let users = TestUsers()
    for role in ContextRole.allCases {
      users.add(ContextOwner(role, "turnout-smoke-1"))
      users.add(ContextOwner(role, "x?"))
    }
    #expect(try users.removeKeys(from: probe, deadline) == 10)
    #expect(users.count == 2)
    let keys = try server.cli("KEYS", "*").split(separator: "\n")
    #expect(keys.count == 9, "\(keys)")
    #expect(keys.allSatisfy { $0.contains("turnout-smoke-12") || $0.contains("xy") }, "\(keys)")
  }

  @Test("was said in order, whatever stands between")
  func missing() throws {
    var context = ProbedContext(
      cohort: .legacy, owner: ContextOwner(.client, "1"), id: "k", keys: [], messages: nil, state: [])
    context.messages = [
      Message(.user, "one!", at: 1), Message(.assistant, "two", at: 2), Message(.user, "three", at: 3),
    ]
    #expect(context.missing(["one", "three"]) == [])
    #expect(context.missing(["two", "three", "one"]) == ["two", "one"])
  }

  @Test("Times are judged by the nearest rank, failures by their share")
  func outcome() {
    var outcome = ChatLoad.Outcome()
    #expect(outcome.percentile(95) == nil)
    #expect(outcome.failureShare == 0)
    outcome.times = Array(1...100)
    #expect(outcome.percentile(95) == 95)
    #expect(outcome.percentile(50) == 50)
    #expect(outcome.percentile(100) == 100)
    outcome.times = [7]
    #expect(outcome.percentile(95) == 7)
    outcome.failures = 1
    #expect(outcome.failureShare == 50)
  }

  @Test("Statements of MySQL are counted without those of the count, and compared with room for noise")
  func statements() throws {
    let mysql = try MariaDBServer()
    let counter = StatementCounter(try .init(parsing: mysql.address()))
    let start = try counter.start()
    #expect(start.own > 0)
    // The clients of the set-up may end a moment later, which counts as well.
    #expect(try eventually { try counter.statements(since: counter.start()) == 0 })
    let again = try counter.start()
    // The client asks some things of its own.
    try mysql.sql("SELECT 1; SELECT 2; SELECT 3")
    let few = try counter.statements(since: again)
    let third = try counter.start()
    try mysql.sql(String(repeating: "SELECT 1;", count: 103))
    let many = try counter.statements(since: third)
    #expect(few >= 3, "\(few), \(many)")
    #expect((98...102).contains(many - few), "\(few), \(many)")
    #expect(Validation.judge(legacy: 2, unified: 2.4).status == .pass)
    #expect(Validation.judge(legacy: 2, unified: 3).status == .fail)
    #expect(Validation.judge(legacy: 0, unified: 1).status == .fail)
  }
}

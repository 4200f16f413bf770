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
      var value = values[place].text ?? "of another type"
      // A record says when it was written, and until when the context lives.
      if name.hasPrefix("turnout:moved:") { value = value.replacing(/\b1\d{12}\b/, with: "TIME") }
      state[name] = "\(stays) \(value)"
    }
    return state
  }

  private func fill(_ connection: inout RedisConnection, _ layout: String) throws {
    var commands: [[RedisWord]] = [
      ["FLUSHALL"], ["SET", "chat:customer:bad", "oops"], ["HSET", "admin:context:bad", "a", "b"],
    ]
    for user in 0..<Self.count {
      let isAdmin = user.isMultiple(of: 5)
      let name = layout == "turnout" ? "\(user)" : Self.uuid(user, "a")
      let value =
        layout == "turnout"
        ? #"{"state":{"step":\#(user)},"messages":[{"role":"user","content":"\#(user)","at":\#(1_000 + user)}]}"#
        : Self.context(name, user, isAdmin: isAdmin)
      let life: RedisWord = user.isMultiple(of: 2) ? "1680" : "1500"
      commands.append(["SET", "\(isAdmin ? "admin:context:" : "chat:customer:")\(name)", RedisWord(value), "EX", life])
    }
    for reply in try connection.pipeline(commands, timeoutNanoseconds: 10_000_000_000) {
      if let text = reply.failure { throw SetupError(text) }
    }
  }

  private static func uuid(_ number: Int, _ kind: String) -> String {
    "\(kind)0000000-5b7e-4c1d-9a33-" + String(1_000_000_000_000 + number).dropFirst()
  }

  /// A legacy value of the application that the guide is about.
  private static func context(_ user: String, _ number: Int, isAdmin: Bool) -> String {
    let common =
      #""flow":"browsing","lastTool":null,"turnCount":\#(number),"createdAt":"2026-03-01T09:00:00+00:00","#
      + #""updatedAt":"2026-03-01T09:03:10+00:00","#
    return isAdmin
      ? #"{"adminId":"\#(user)",\#(common)"activeEntities":[],"timePeriod":null,"pendingActions":[],"#
        + #""_context_type":"App\\Domain\\ValueObject\\AdminConversationContext"}"#
      : #"{"userId":"\#(user)",\#(common)"selectedProducts":[\#(number)],"cartSnapshot":[],"language":"en","#
        + #""_context_type":"App\\Domain\\ValueObject\\CustomerConversationContext"}"#
  }

  /// A database in which each of these users has an open conversation with a question and its answer.
  private func database() throws -> MariaDBServer {
    let database = try MariaDBServer()
    func rows(_ isIncluded: (Int) -> Bool, _ row: (String) -> String) -> String {
      (0..<Self.count).filter(isIncluded).map { number in
        row("UNHEX('\(Self.uuid(number, "c").replacing("-", with: ""))')").replacing(
          "USER", with: "UNHEX('\(Self.uuid(number, "a").replacing("-", with: ""))')")
      }.joined(separator: ",")
    }
    let time = "'2026-03-01 09:00:00'"
    try database.sql(
      """
      \(ApplicationSchema.sql)
      INSERT INTO conversations VALUES \(rows({ !$0.isMultiple(of: 5) }, { "(\($0),USER,'',\(time),\(time))" }));
      INSERT INTO conversation_messages (conversation_id, role, content, `timestamp`) VALUES
        \(rows({ !$0.isMultiple(of: 5) }, { "(\($0),'user','question',\(time)),(\($0),'assistant','answer',\(time))" }));
      INSERT INTO admin_assistant_conversations (id, admin_user_id, started_at) VALUES
        \(rows({ $0.isMultiple(of: 5) }, { "(\($0),USER,\(time))" }));
      """)
    return database
  }

  @Test(
    "At any moment: a second run leaves exactly what an undisturbed one leaves", arguments: ["turnout", "spec-012"])
  func killed(layout: String) throws {
    let (server, folder) = (try RedisServer(), try TemporaryFolder())
    let database = layout == "turnout" ? nil : try database()
    var connection = try RedisConnection.open(try RedisAddress(parsing: server.address()), name: "test")
    func start() throws -> Program {
      var words = ["migrate", "--layout", layout, "--redis", server.address(), "--report", folder.file("report")]
      if let database { words += ["--messages", database.address()] }
      return try Program(ProxyProcess.binary(), words, in: folder.path, log: folder.file("log"))
    }
    try fill(&connection, layout)
    #expect(try start().wait() == .exited(2), "\(folder.text("log"))")
    let undisturbed = try state(&connection)
    #expect(undisturbed.count == 5 * Self.count + 2)
    var midway = 0
    for crash in 0..<crashes {
      try fill(&connection, layout)
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
    print("\(layout): killed \(crashes) times, \(midway) of them midway")
    #expect(midway >= crashes / 4)
  }
}

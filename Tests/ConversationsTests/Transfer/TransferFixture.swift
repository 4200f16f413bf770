import MySQL
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Conversations

/// The application that the guide belongs to, as far as its stores go: a real Redis, and a real MariaDB with its rows.
final class TransferFixture {
  let redis: MigrationFixture
  let database: MariaDBServer?
  let layout: Layout
  private(set) var events: [ContextTransfer.Event] = []
  private var second = 0

  static let user = "0f6d2a10-5b7e-4c1d-9a33-2b1c7d5e8f90"
  static let row = "11111111-1111-4111-8111-111111111111"
  static let otherRow = "22222222-2222-4222-8222-222222222222"

  /// - Parameter layout: without a database its queries are left out, and ids are derived.
  init(_ layout: String = "spec-012", hasDatabase: Bool = false, _ options: RedisServerOptions = .init()) throws {
    redis = try MigrationFixture(options)
    var layout = try #require(try Layout.shipped(named: layout))
    database = hasDatabase ? try MariaDBServer() : nil
    if !hasDatabase {
      for role in layout.roles.keys {
        layout.roles[role]?.conversations = nil
        layout.roles[role]?.messages = nil
      }
    }
    self.layout = layout
    try database?.sql(ApplicationSchema.sql)
  }

  var location: ContextLocation { get throws { try redis.place } }

  // MARK: What the application writes

  /// A legacy value as the application writes it; `cart` are quantities by product.
  static func legacy(
    user: String = user, turns: Int = 4, cart: [(String, Int)] = [("a1b2", 2)], updated: String = "09:03:10",
    language: String = "es"
  ) -> String {
    let items = cart.map { #"{"product_id":"\#($0.0)","quantity":\#($0.1)}"# }.joined(separator: ",")
    return #"{"userId":"\#(user)","flow":"cart_management","lastTool":"AddToCart","turnCount":\#(turns),"#
      + #""createdAt":"2026-03-01T09:00:00+00:00","updatedAt":"2026-03-01T\#(updated)+00:00","#
      + #""selectedProducts":[17,"a1b2"],"cartSnapshot":[\#(items)],"language":"\#(language)","note":"caf\u00e9 1\/2","#
      + #""_context_type":"App\\Domain\\ValueObject\\CustomerConversationContext"}"#
  }

  static func state(turns: Int = 5, cart: [(String, Int)] = [("a1b2", 3)]) -> String {
    let items = cart.map { #"{"product_id":"\#($0.0)","quantity":\#($0.1)}"# }.joined(separator: ",")
    return #"{"flow":"cart_management","last_tool":"AddToCart","turn_count":\#(turns),"selected_products":[17,"a1b2"],"#
      + #""cart_items":[\#(items)],"checkout_step":null,"language":"es"}"#
  }

  func set(_ key: String, _ value: String, seconds: Int = 1_800) throws {
    try redis.redis("SET", RedisWord(key), RedisWord(value), "EX", RedisWord(seconds))
  }

  func setLegacy(_ value: String = TransferFixture.legacy(), seconds: Int = 1_800) throws {
    try set("chat:customer:\(Self.user)", value, seconds: seconds)
  }

  var legacy: String? { get throws { try redis.text("chat:customer:\(Self.user)") } }
  var id: String { database == nil ? derived : Self.row }
  private var derived: String { ConversationID.derived(from: Array("chat:customer:\(Self.user)".utf8)).text }

  func part(_ part: String, id: String? = nil) throws -> String? { try redis.text(key(part, id: id)) }
  func key(_ part: String, id: String? = nil) -> String { "conversation:client:\(Self.user):\(id ?? self.id):\(part)" }

  /// The application on unified writes its context, and keeps the members of `meta` that it does not know.
  func talkOnUnified(_ state: String = TransferFixture.state(), at time: String = "09:10:00", seconds: Int = 1_800)
    throws
  {
    let meta = try part("meta") ?? #"{"role":"client","created_at":"2026-03-01T09:00:00+00:00","last_activity":""}"#
    var object = try JSONObject(Array(meta.utf8))
    object.set("last_activity", "2026-03-01T\(time)+00:00")
    try set(key("meta"), String(decoding: object.bytes, as: UTF8.self), seconds: seconds)
    try set(key("state"), state, seconds: seconds)
    try set(
      key("history"), #"[{"role":"user","content":"more"},{"role":"assistant","content":"done"}]"#, seconds: seconds)
  }

  /// What the application does at reset-context and clear.
  func eraseOnUnified() throws {
    for part in ["history", "state", "meta"] { try redis.redis("DEL", RedisWord(key(part))) }
  }

  func openRow(_ id: String, user: String = user, seconds: Int = 0) throws {
    try database?.sql(
      "INSERT INTO conversations VALUES (UNHEX(REPLACE('\(id)','-','')), UNHEX(REPLACE('\(user)','-','')), 't', "
        + "'2026-03-01 09:00:00', '2026-03-01 09:00:00' + INTERVAL \(seconds) SECOND)")
  }

  func say(_ id: String, _ messages: [(String, String)]) throws {
    for (role, text) in messages {
      // A question and its answer within one second, each pair a second later.
      second += role == "user" ? 1 : 0
      try database?.sql(
        "INSERT INTO conversation_messages (conversation_id, role, content, `timestamp`) VALUES "
          + "(UNHEX(REPLACE('\(id)','-','')), '\(role)', '\(text)', '2026-03-01 09:00:00' + INTERVAL \(second) SECOND)")
    }
  }

  // MARK: Runs

  @discardableResult
  func run(_ direction: ContextTransfer.Direction, _ change: (inout ContextTransfer) -> Void = { _ in }) throws
    -> TransferTally
  {
    var transfer = ContextTransfer(direction, try location, layout)
    if let database { transfer.database = try MySQLAddress(parsing: database.address()) }
    change(&transfer)
    let progress = TransferProgress()
    let found = Mutex<[ContextTransfer.Event]>([])
    try transfer.run(progress) { event in found.withLock { $0.append(event) } }
    events = found.withLock { $0 }
    return progress.tally
  }

  func migrate(_ change: (inout ContextTransfer) -> Void = { _ in }) throws -> TransferTally {
    try run(.toUnified, change)
  }
  func reverse(_ change: (inout ContextTransfer) -> Void = { _ in }) throws -> TransferTally {
    try run(.toLegacy, change)
  }

  func verify() throws -> VerifyTally {
    var verification = LayoutVerification(try location, layout)
    if let database { verification.database = try MySQLAddress(parsing: database.address()) }
    return try verification.run { _, _ in }
  }

  func losses() throws -> KillPreview.Losses { try LayoutPreview(try location, layout, users: .everyone).run() }

  /// All keys and values, to see that nothing was written.
  func everything() throws -> [String: String] {
    var all: [String: String] = [:]
    for key in (try redis.redis("KEYS", "*").elements ?? []).compactMap(\.text) { all[key] = try redis.text(key) }
    return all
  }
}

extension TransferTally {
  init(_ change: (inout TransferTally) -> Void) {
    self.init()
    change(&self)
  }
}

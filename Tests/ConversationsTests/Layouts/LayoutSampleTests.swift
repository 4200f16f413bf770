import Redis
import TestSupport
import Testing

@testable import Conversations

/// Over a real redis-server.
@Suite("What a layout makes of a real key is shown, and nothing is written", .startsPrograms)
struct LayoutSampleTests {
  private let server: RedisServer
  private static let id = "0b5c3c8e-7f0e-4f0a-9d5e-1f2a3b4c5d6e"
  private static let cart =
    #"{"userId":"7", "flow":"cart_management","turnCount":4,"createdAt":"2026-03-01T09:00:00+00:00","#
    + #""updatedAt":"2026-03-01T09:03:10Z","cartSnapshot":[{"product_id":"a","quantity":2}],"mine":1,"#
    + #""_context_type":"App\\Domain\\ValueObject\\CustomerConversationContext"}"#
  private static let meta =
    #"{"role":"client","created_at":"2026-03-01T09:00:00+00:00","last_activity":"2026-03-01T10:00:00+00:00"}"#

  init() throws { server = try RedisServer() }

  private func sample(_ key: String, _ layout: Layout? = nil) throws -> LayoutSample {
    let location = ContextLocation(address: try RedisAddress(parsing: server.address()))
    var connection = try location.connect(as: "test")
    return try LayoutSample(Array(key.utf8), in: try layout ?? .named("spec-012"), on: &connection)
  }

  private func failure(_ key: String, _ layout: Layout? = nil) -> String {
    do {
      _ = try sample(key, layout)
      return ""
    } catch { return "\(error)" }
  }

  @Test("A legacy value: the parts of the conversation, no byte that changes on the way back, unknown members")
  func legacy() throws {
    try server.cli("SET", "chat:customer:7", Self.cart)
    let found = try sample("chat:customer:7")
    #expect((found.role, found.user, found.side) == (.client, "7", .legacy))
    #expect(found.made.map(\.name) == ["state", "meta"])
    #expect(found.made[0].text.hasPrefix(#"{"flow":"cart_management","last_tool":null,"turn_count":4,"#))
    #expect(found.changes == [])
    #expect(found.unknown == ["mine"])
    #expect(try server.cli("GET", "chat:customer:7") == Self.cart)
    #expect(try server.cli("DBSIZE") == "1")
  }

  @Test("A conversation: the legacy value that it becomes, made from the one that is there or from the template")
  func unified() throws {
    let front = "conversation:client:7:\(Self.id)"
    try server.cli("SET", front + ":meta", Self.meta)
    try server.cli(
      "SET", front + ":state", #"{"flow":"browsing","turn_count":9,"cart_items":[],"checkout_step":null,"more":1}"#)
    let made = try sample(front + ":state")
    #expect(made.side == .unified)
    #expect(made.made.map(\.name) == ["chat:customer:7"])
    #expect(made.made[0].text.hasPrefix(#"{"userId":"7","flow":"browsing","lastTool":null,"turnCount":9,"#))
    #expect(made.changes == [])
    #expect(made.unknown == ["state.more"])
    try server.cli("SET", "chat:customer:7", Self.cart)
    let edited = try sample(front + ":history").made[0].text
    #expect(edited.hasPrefix(#"{"userId":"7", "flow":"browsing","turnCount":9,"#), "\(edited)")
    #expect(edited.contains(#""mine":1"#))
    #expect(try server.cli("GET", "chat:customer:7") == Self.cart)
  }

  @Test("A conversation without a state becomes what the application has of it: the beginning")
  func withoutState() throws {
    try server.cli("SET", "conversation:client:7:\(Self.id):meta", Self.meta)
    let made = try sample("conversation:client:7:\(Self.id):meta").made[0].text
    #expect(made.hasPrefix(#"{"userId":"7","flow":"browsing","lastTool":null,"turnCount":1,"#), "\(made)")
  }

  @Test("A hash and a list are read as such, and messages of the value are shown")
  func otherForms() throws {
    try server.cli("HSET", "session:1", "step", "pay", "visits", "3", "started", "1772355600", "cart", "[]")
    let hash = try sample("session:1", Layout(yaml: LayoutShapes.hash, file: "a"))
    #expect(hash.made[0].text == #"{"step":"pay","visits":3,"basket":{"items":[]}}"#)
    #expect(hash.changes == [] && hash.unknown == [])
    let list = try Layout(yaml: LayoutShapes.list, file: "b")
    try server.cli("SET", "desk:1:open", #"{"log":{"lines":[{"a":1}]},"topic":"x","at":1}"#)
    #expect(try sample("desk:1:open", list).made.last == .init(name: "history", text: #"[{"a":1}]"#))
    try server.cli("RPUSH", "thread:\(Self.id):1:history", #"{"b":2}"#)
    try server.cli("HSET", "thread:\(Self.id):1:meta", "topic", "y", "at", "2")
    let made = try sample("thread:\(Self.id):1:meta", list).made[0].text
    #expect(made == #"{"log":{"lines":[{"b":2}]},"topic":"y","at":2}"#)
  }

  @Test("Why a key cannot be read")
  func failures() throws {
    #expect(
      failure("session:1").hasPrefix("no pattern of the layout matches session:1. It has: admin:context:{user}, "))
    #expect(failure("chat:customer:none").hasPrefix("there is no chat:customer:none."))
    try server.cli("SADD", "chat:customer:set", "a")
    #expect(failure("chat:customer:set") == "chat:customer:set is a set, expected a string, a hash or a list")
    try server.cli("HSET", "chat:customer:hash", "a", "b")
    #expect(failure("chat:customer:hash").contains("is a hash, this layout expects a string of JSON"))
    try server.cli("SET", "chat:customer:other", #"{"_context_type":"Other"}"#)
    #expect(failure("chat:customer:other").contains(#"_context_type is "Other", this layout knows"#))
    try server.cli("SET", "chat:customer:foreign", #"{"user_id":"7","state":{}}"#)
    #expect(
      failure("chat:customer:foreign")
        == "chat:customer:foreign has only members that the layout does not know: user_id, state. Is it the right layout?"
    )
    try server.cli("SET", "chat:customer:less", Self.cart.replacing(#""flow":"cart_management","#, with: ""))
    #expect(failure("chat:customer:less").hasPrefix("chat:customer:less: flow is missing;"))
    try server.cli("SET", "conversation:client:7:\(Self.id):state", "{}")
    #expect(
      failure("conversation:client:7:\(Self.id):state").hasPrefix("there is no conversation:client:7:\(Self.id):meta."))
  }

  @Test("What changes on the way back is listed by member, also the space between members")
  func changes() {
    func changes(_ one: String, _ other: String) -> [LayoutSample.Change] {
      LayoutSample.changes(from: .json(Array(one.utf8)), to: .json(Array(other.utf8)))
    }
    #expect(changes(#"{"a":1}"#, #"{"a":1}"#) == [])
    #expect(
      changes(#"{"a":1,"b":2,"c":3}"#, #"{"a":1,"b":4,"d":5}"#) == [
        .init(member: "b", before: "2", after: "4"), .init(member: "c", before: "3", after: nil),
        .init(member: "d", before: nil, after: "5"),
      ])
    #expect(changes(#"{"a":1}"#, #"{"a": 1}"#).map(\.member) == ["(between the members)"])
  }
}

import Conversations
import Redis
import TestSupport
import Testing

@Suite("Every field that is changed is named", .startsPrograms)
struct VerifyMutationTests {
  private static let owner = ContextOwner(.client, "42")

  private static func key(_ part: ConversationPart) -> String { owner.key(of: part, owner.derivedID) }

  /// Changes a value and leaves its lifetime.
  private static func edit(_ sides: BothSides, _ key: String, _ change: (inout JSONObject) -> Void) throws {
    var object = try JSONObject(try #require(try sides.look("GET", RedisWord(key)).value))
    change(&object)
    try put(sides, key, object.bytes)
  }

  private static func put(_ sides: BothSides, _ key: String, _ value: [UInt8]) throws {
    try sides.look("SET", RedisWord(key), RedisWord(value), "KEEPTTL")
  }

  private static func messages(_ sides: BothSides, _ change: (inout [Message]) -> Void) throws {
    var messages = try Message.list(in: try #require(try sides.look("GET", RedisWord(key(.history))).value))
    change(&messages)
    try put(sides, key(.history), Message.array(of: messages))
  }

  private struct Mutation {
    var field: String
    var change: (BothSides) throws -> Void

    init(_ field: String, _ change: @escaping (BothSides) throws -> Void) {
      (self.field, self.change) = (field, change)
    }
  }

  private static var metas: [Mutation] {
    let values: [(String, String)] = [
      ("v", "2"), ("id", "\"cae878e8-595c-49eb-89c1-494fafb3dc08\""), ("role", "\"admin\""), ("user_id", "\"43\""),
      ("created_at", "7"), ("updated_at", "7"), ("messages", "1"), ("messages", "7"), ("messages", "999"),
      ("messages", "-1"),
      ("synced", "1"), ("synced", "7"), ("synced", "-1"), ("source", "\"chat:customer:43\""), ("messages", "\"six\""),
    ]
    let changed = values.map { name, value in
      Mutation("meta.\(name)") { try edit($0, key(.meta)) { $0[name] = Array(value.utf8) } }
    }
    let removed = Set(values.map(\.0)).map { name in
      Mutation("meta.\(name)") { try edit($0, key(.meta)) { $0[name] = nil } }
    }
    let both = ["messages", "synced"].map { name in
      Mutation("meta.\(name)") {
        try edit($0, key(.meta)) {
          $0.set("messages", 40)
          $0.set("synced", 40)
        }
      }
    }
    return changed + removed + both
  }

  private static var histories: [Mutation] {
    func replace(_ place: Int, _ json: String) -> (BothSides) throws -> Void {
      { try messages($0) { $0[place] = Message(json: Array(json.utf8)) } }
    }
    return [
      Mutation("history[0].content", replace(0, #"{"role":"user","content":"Q1","at":10}"#)),
      Mutation("history[5].content", replace(5, #"{"role":"assistant","content":"","at":31}"#)),
      Mutation("history[2].role", replace(2, #"{"role":"assistant","content":"q2","at":20}"#)),
      Mutation("history[3].at", replace(3, #"{"role":"assistant","content":"a2","at":22}"#)),
      Mutation("history[4]", replace(4, #"{"role":"user","content":"q3","at":30,"x":1}"#)),
      Mutation("history[1]", replace(1, #"{"role":"assistant", "content":"a1","at":11}"#)),
      Mutation("history[1].content", replace(1, "null")),
      Mutation("history.count", { try messages($0) { $0.removeLast() } }),
      Mutation("history.count", { try messages($0) { $0.removeFirst() } }),
      Mutation("history.count", { try messages($0) { $0.append(Message(.user, "more", at: 40)) } }),
      Mutation("history.count", { try messages($0) { $0 = [] } }),
      Mutation("history[0].content", { try messages($0) { $0.swapAt(0, 2) } }),
    ]
  }

  private static var keys: [Mutation] {
    let parts = [("current", owner.currentKey)] + ConversationPart.allCases.map { ($0.rawValue, key($0)) }
    return parts.flatMap { name, key in
      [
        Mutation("\(name).ttl") { try $0.look("PERSIST", RedisWord(key)) },
        Mutation("\(name).ttl") { try $0.look("EXPIRE", RedisWord(key), 600) },
        Mutation("\(name).ttl") { try $0.look("EXPIRE", RedisWord(key), 600_000) },
        Mutation(name) { try $0.look("DEL", RedisWord(key)) },
      ]
    } + [
      Mutation("current") { try put($0, owner.currentKey, Array("cae878e8-595c-49eb-89c1-494fafb3dc08".utf8)) },
      Mutation("state") { try put($0, key(.state), Array("{}".utf8)) },
      Mutation("state") { try put($0, key(.state), Array(#"{"step":1,"x":null}"#.utf8)) },
    ]
  }

  private static var legacy: [Mutation] {
    func member(_ name: String, _ value: String) -> (BothSides) throws -> Void {
      { try edit($0, owner.legacyKey) { $0[name] = Array(value.utf8) } }
    }
    return [
      Mutation("state", member("state", #"{"step":2}"#)), Mutation("history.count", member("messages", "[]")),
      Mutation("meta.created_at", member("created_at", "8")), Mutation("meta.updated_at", member("updated_at", "8")),
    ]
  }

  @Test("Of a conversation in which nothing was said since")
  func unchanged() throws {
    let sides = try BothSides()
    for mutation in Self.metas + Self.histories + Self.keys + Self.legacy {
      try sides.look("FLUSHALL")
      try sides.talk(sides.legacy, 1...3, state: #"{"step":1}"#)
      try sides.migrate()
      #expect(try sides.verify() == .same)
      try mutation.change(sides)
      let outcome = try sides.verify()
      guard case .differs(let fields) = outcome else {
        Issue.record("\(mutation.field): \(String(describing: outcome))")
        continue
      }
      #expect(fields.contains { $0.field == mutation.field }, "\(mutation.field): \(fields)")
    }
  }

  @Test("Of one that goes on: what was there before")
  func live() throws {
    let sides = try BothSides()
    let free = ["state", "meta.messages 7", "meta.updated_at"]
    for mutation in Self.metas + Self.histories + Self.keys where !free.contains(mutation.field) {
      try sides.look("FLUSHALL")
      try sides.talk(sides.legacy, 1...3, state: #"{"step":1}"#)
      try sides.migrate()
      try sides.talk(sides.unified, 4...4, state: #"{"step":2}"#)
      #expect(try sides.verify() == .liveSince)
      try mutation.change(sides)
      let outcome = try sides.verify()
      guard case .differs(let fields) = outcome else {
        Issue.record("\(mutation.field): \(String(describing: outcome))")
        continue
      }
      let isNamed = fields.contains { $0.field == mutation.field || $0.field.hasPrefix(mutation.field) }
      #expect(isNamed, "\(mutation.field): \(fields)")
    }
  }

  @Test("Values that cannot be read are listed by their key")
  func broken() throws {
    let sides = try BothSides()
    for key in [Self.owner.legacyKey, Self.owner.currentKey] + ConversationPart.allCases.map(Self.key) {
      for value in ["hello", "", "[1", "\u{0}"] {
        try sides.look("FLUSHALL")
        try sides.talk(sides.legacy, 1...1)
        try sides.migrate()
        try Self.put(sides, key, Array(value.utf8))
        guard case .unreadable(let found) = try sides.verify() else {
          Issue.record("\(key) \(value)")
          continue
        }
        #expect(found.key == key)
        #expect(!found.reason.isEmpty)
      }
    }
  }
}

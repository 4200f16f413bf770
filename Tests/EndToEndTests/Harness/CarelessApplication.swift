import Conversations
import Foundation
import LocalServer
import Redis
import Synchronization
import TestSupport

/// A unified application that makes mistakes on purpose. Everything else it does right.
final class CarelessApplication: HasPort {
  enum Mistake: Sendable {
    /// Keeps all messages.
    case neverCuts
    /// Of messages that come at once, every third is lost.
    case losesSome
    /// The meta is kept for half as long.
    case unevenTTL
    /// Every message begins a conversation.
    case beginsAnew
    /// Only the history's TTL is set anew, and only at the beginning.
    case neverRefreshes
    /// A part is no JSON.
    case noJSON
  }

  private let server: LocalServer
  var port: UInt16 { server.port }

  init(_ mistake: Mistake, _ redis: RedisServer) throws {
    let counter = Counter()
    let address = try RedisAddress(parsing: redis.address())
    server = try LocalServer.start(name: "careless", host: "127.0.0.1", port: 0) { request in
      let count = counter.next()
      do { return try Self.answer(request, mistake, address, count) } catch { return .text("\(error)", status: 500) }
    }
  }

  deinit {
    server.stop()
    server.join()
  }

  private final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
  }

  private struct Body: Codable { var message: String }

  private static func answer(
    _ request: Request, _ mistake: Mistake, _ address: RedisAddress, _ count: Int
  ) throws -> Response {
    let role = request.path == "/api/chat" ? ContextRole.client : .admin
    let owner = ContextOwner(role, request.header("x-user-id") ?? "nobody")
    let text = try JSONDecoder().decode(Body.self, from: Data(request.body)).message
    var connection = try RedisConnection.open(address, name: "careless")
    let known = try connection.command("GET", RedisWord(owner.currentKey)).text.flatMap { ConversationID($0) }
    let id = (mistake == .beginsAnew ? nil : known) ?? .random()
    let key = RedisWord(owner.key(of: .history, id))
    var messages = try connection.command("GET", key).value.map { (try? Message.list(in: $0)) ?? [] } ?? []
    let isLost = mistake == .losesSome && text.contains("at once") && count.isMultiple(of: 3)
    if !isLost { messages.append(Message(.user, text, at: count)) }
    if mistake != .neverCuts { messages = messages.suffix(Message.historyLimit) }
    let history = mistake == .noJSON ? Array("[oops".utf8) : Message.array(of: messages)
    try connection.command("SET", key, RedisWord(history), "KEEPTTL")
    try connection.command("SET", RedisWord(owner.key(of: .state, id)), "{}", "KEEPTTL")
    try connection.command("SET", RedisWord(owner.key(of: .meta, id)), "{\"v\":1}", "KEEPTTL")
    try connection.command("SET", RedisWord(owner.currentKey), RedisWord(id.text), "KEEPTTL")
    if mistake != .neverRefreshes || known == nil {
      for name in ConversationPart.allCases.map({ owner.key(of: $0, id) }) + [owner.currentKey] {
        let seconds = mistake == .unevenTTL && name.hasSuffix(":meta") ? 900 : 1_800
        try connection.command("EXPIRE", RedisWord(name), RedisWord(seconds))
      }
    }
    return .json(Array("{\"reply\":\"I know \(messages.count) messages\"}".utf8))
  }
}

import Redis
import Synchronization
import TestSupport
import Testing

@testable import Conversations

/// A real Redis with contexts to migrate. For one thread at a time.
final class MigrationFixture {
  let server: RedisServer
  private(set) var unreadable: [UnreadableContext] = []

  init(_ options: RedisServerOptions = RedisServerOptions()) throws { server = try RedisServer(options) }

  func connect() throws -> RedisConnection {
    try RedisConnection.open(try RedisAddress(parsing: server.address()), name: "test", replyLimit: 64 << 20)
  }

  /// Runs these commands; each must succeed.
  @discardableResult
  func redis(_ commands: [[RedisWord]]) throws -> [RedisReply] {
    var connection = try connect()
    let replies = try connection.pipeline(commands, timeoutNanoseconds: 10_000_000_000)
    for reply in replies { if let text = reply.failure { throw RedisError.refused(text) } }
    return replies
  }

  @discardableResult
  func redis(_ words: RedisWord...) throws -> RedisReply { try redis([words])[0] }

  func text(_ key: String) throws -> String? { try redis("GET", RedisWord(key)).text }
  func lifetime(_ key: String) throws -> Int { try redis("PTTL", RedisWord(key)).integer ?? -2 }

  var place: ContextLocation {
    get throws { ContextLocation(address: try RedisAddress(parsing: server.address())) }
  }

  /// A whole run.
  @discardableResult
  func migrate(_ change: (inout Migration) -> Void = { _ in }) throws -> MigrationTally {
    var migration = Migration(place: try place, lifetimes: ContextLifetimes())
    change(&migration)
    let progress = MigrationProgress()
    let found = Mutex<[UnreadableContext]>([])
    try migration.run(progress) { context in found.withLock { $0.append(context) } }
    unreadable = found.withLock { $0 }
    return progress.tally
  }

  /// What would be written.
  func preview(_ change: (inout Migration) -> Void = { _ in }) throws -> [MigrationPreview] {
    var migration = Migration(place: try place, lifetimes: ContextLifetimes())
    change(&migration)
    var shown: [MigrationPreview] = []
    try migration.preview(MigrationProgress(), onUnreadable: { _ in }, { shown += $0 })
    return shown
  }

  /// How often the server has carried out each command since the statistics were reset.
  func calls() throws -> [String: Int] {
    let lines = (try redis("INFO", "commandstats").text ?? "").split(separator: "\r\n")
    var calls: [String: Int] = [:]
    for line in lines where line.hasPrefix("cmdstat_") {
      let parts = line.dropFirst(8).split(separator: ":")
      calls[String(parts[0])] = Int(parts[1].dropFirst(6).prefix { $0 != "," })
    }
    return calls
  }
}

/// What an application keeps of a user.
enum LegacyText {
  static func value(_ user: String, _ messages: [Message], state: String = #"{"step":1}"#) -> String {
    let list = String(decoding: Message.array(of: messages), as: UTF8.self)
    let times = #""created_at":\#(messages.first?.content.at ?? 5),"updated_at":\#(messages.last?.content.at ?? 5)"#
    return #"{"user_id":"\#(user)","state":\#(state),"messages":\#(list),\#(times)}"#
  }

  static func messages(_ count: Int, from start: Int = 1_700_000_000_000) -> [Message] {
    (0..<count).map { Message($0.isMultiple(of: 2) ? .user : .assistant, "message \($0)", at: start + $0 * 1_001) }
  }
}

/// The layout of the sample application.
var sampleLayout: Layout {
  get throws { try #require(Layout.shipped.first { $0.name == Layout.standardName }) }
}

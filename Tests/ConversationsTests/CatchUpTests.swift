import Testing

@testable import Conversations

@Suite("A legacy context whose user has a conversation already")
struct CatchUpTests {
  private static let owner = ContextOwner(.client, "42")
  private static let key = Array(owner.legacyKey.utf8)

  private func item(_ messages: [Message], state: String = #"{"step":1}"#) throws -> MigrationItem {
    let value = Array(LegacyText.value("42", messages, state: state).utf8)
    let context = try LegacyContext(value)
    return MigrationItem(
      owner: Self.owner, key: Self.key, value: value, left: 1, context: context, elsewhere: [])
  }

  /// The conversation that a migration of `messages` made, to which unified added `said`.
  private func stored(_ messages: [Message], said: [Message] = [], state: String = #"{"step":1}"#) throws
    -> StoredConversation
  {
    let planned = try item(messages).conversation
    var meta = try ConversationMeta(planned.meta)
    meta.count(messages: messages.count + said.count)
    return StoredConversation(
      id: planned.id, history: Message.array(of: (messages + said).suffix(10)), state: Array(state.utf8),
      meta: meta.bytes)
  }

  @Test("Nothing new is nothing to do")
  func present() throws {
    let messages = LegacyText.messages(12)
    #expect(CatchUp(try stored(messages), with: try item(messages)) == .present)
    let said = [Message(.user, "on unified", at: 1_700_000_900_000)]
    #expect(CatchUp(try stored(messages, said: said, state: "{}"), with: try item(messages)) == .present)
  }

  @Test("Said on both sides: messages in the order of their times, unified's state, still changed since the last move")
  func both() throws {
    let messages = LegacyText.messages(9)
    let unified = Message(.user, "unified", at: 1_700_000_500_000)
    let legacy = Message(.user, "legacy", at: 1_700_000_400_000)
    let result = CatchUp(
      try stored(messages, said: [unified], state: #"{"step":5}"#),
      with: try item(messages + [legacy], state: #"{"step":2}"#))
    guard case .behind(let history, let state, let bytes) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(try Message.list(in: history) == messages.suffix(8) + [legacy, unified])
    #expect(state == Array(#"{"step":5}"#.utf8))
    let meta = try ConversationMeta(bytes)
    #expect(meta.messages == 11)
    #expect(meta.synced == 10)
    #expect(meta.hasChanged)
  }

  @Test("A message that left the last ten on unified does not count as new")
  func old() throws {
    let messages = LegacyText.messages(10)
    let said = LegacyText.messages(4, from: 1_700_000_500_000)
    let more = Message(.user, "legacy", at: 1_700_000_900_000)
    let result = CatchUp(try stored(messages, said: said), with: try item(messages.suffix(9) + [more]))
    guard case .behind(let history, _, let bytes) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(try Message.list(in: history) == messages.suffix(5) + said + [more])
    #expect(try ConversationMeta(bytes).messages == 15)
  }

  @Test("Only a conversation that came from this key is added to, and only one that can be read")
  func refused() throws {
    var other = try stored(LegacyText.messages(2))
    other.meta = ConversationMeta(id: other.id, owner: Self.owner, createdAt: 0, updatedAt: 0, messages: 2).bytes
    #expect(CatchUp(other, with: try item(LegacyText.messages(3))) == .live)
    for part in [\StoredConversation.meta, \.history, \.state] {
      var broken = try stored(LegacyText.messages(2))
      broken[keyPath: part] = Array("oops".utf8)
      guard case .unreadable = CatchUp(broken, with: try item(LegacyText.messages(3))) else {
        Issue.record("\(part)")
        return
      }
    }
  }
}

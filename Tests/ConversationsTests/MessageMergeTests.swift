import Conversations
import Testing

@Suite("Two accounts of one conversation become one")
struct MessageMergeTests {
  private func messages(_ said: [(String, Int)]) -> [Message] { said.map { Message(.user, $0.0, at: $0.1) } }
  private func texts(_ messages: [Message]) -> String { messages.map { $0.content.text ?? "?" }.joined(separator: " ") }

  @Test("In the order of the times, each message once")
  func order() {
    let legacy = messages([("a", 1_001), ("c", 3_003), ("e", 5_005)])
    let unified = messages([("a", 1_001), ("b", 2_002), ("d", 4_004)])
    #expect(texts(MessageMerge.merge(unified, legacy)) == "a b c d e")
    #expect(MessageMerge.merge(legacy, unified) == MessageMerge.merge(unified, legacy))
    #expect(MessageMerge.merge(MessageMerge.merge(unified, legacy), legacy) == MessageMerge.merge(unified, legacy))
  }

  @Test("What was said twice stays twice, and a time of whole seconds is every time within it")
  func twins() {
    #expect(
      texts(MessageMerge.merge(messages([("yes", 1_500), ("yes", 1_500)]), messages([("yes", 1_500)]))) == "yes yes")
    #expect(texts(MessageMerge.merge(messages([("yes", 1_000)]), messages([("yes", 1_700)]))) == "yes")
    #expect(texts(MessageMerge.merge(messages([("yes", 1_100)]), messages([("yes", 1_700)]))) == "yes yes")
    let assistant = [Message(.assistant, "yes", at: 1_000)]
    #expect(MessageMerge.merge(messages([("yes", 1_000)]), assistant).count == 2)
  }

  @Test("Messages without a time stay behind the one before them")
  func untimed() {
    let first = [Message(json: Array(#""old""#.utf8))] + messages([("b", 5)]) + [Message(json: Array(#"{"x":1}"#.utf8))]
    let merged = MessageMerge.merge(first, messages([("a", 4), ("c", 6)]))
    #expect(merged.map { String(decoding: $0.json, as: UTF8.self).count }.count == 5)
    #expect(merged.map { $0.content.at } == [nil, 4, 5, nil, 6])
  }

  @Test("Accounts of two writers: times are some seconds apart, a time or a role is missing, and it is one message")
  func loosely() {
    let value = [#"{"role":"user","content":"b"}"#, #""c""#, #"{"role":"user","content":"d","at":9000}"#].map {
      Message(json: Array($0.utf8))
    }
    let table = messages([("a", 1_000), ("b", 2_000), ("c", 3_000), ("d", 11_500)])
    #expect(MessageMerge.merge(value, table, loosely: true).map(\.json) == [table[0].json] + value.map(\.json))
    #expect(MessageMerge.merge(value, table).count == 7)
    let later = messages([("d", 14_001)])
    #expect(MessageMerge.merge(value, later, loosely: true).count == 4)
    let (end, start) = ([Message(.user, "x", at: .max)], [Message(.user, "x", at: .min)])
    #expect(MessageMerge.merge(end, start, loosely: true).count == 2)
  }
}

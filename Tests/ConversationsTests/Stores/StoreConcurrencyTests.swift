import Conversations
import Flags
import Redis
import Synchronization
import TestSupport
import Testing

@Suite("Many interactions of one user at once", .startsPrograms)
struct StoreConcurrencyTests {
  @Test(
    "A thousand messages: one conversation, the last ten in the order of the server, every one counted",
    arguments: Cohort.allCases)
  func thousand(_ cohort: Cohort) throws {
    let fixture = try StoreFixture()
    let store = fixture.store(cohort, over: fixture.connections(milliseconds: 10_000, count: 4))
    let seen = Mutex<[Context]>([])
    try onThreads(8) { thread in
      for number in 0..<125 {
        let context = try store.appendUserMessage(thread * 125 + number)
        seen.withLock { $0.append(context) }
      }
    }
    let contexts = seen.withLock { $0 }
    #expect(contexts.count == 1_000)
    #expect(contexts.count(where: \.isNew) == 1)
    #expect(Set(contexts.map(\.id)).count == 1)
    // What each saw ends with its own message; laid together by their overlaps, they are one order of all messages.
    let order = try Self.order(contexts.map(\.texts))
    #expect(order.count == 1_000)
    #expect(Set(order).count == 1_000)
    let last = try store.appendUserMessage(1_000)
    #expect(last.texts == order.suffix(9) + ["1000"])
    let look = try fixture.look()
    if cohort == .unified {
      #expect(Set(contexts.map(\.messages)) == Set(1...1_000))
      #expect(last.messages == 1_001)
      let meta = try ConversationMeta(Array(#require(try look.text(last.key + ":meta")).utf8))
      #expect(meta.messages == 1_001)
    }
    #expect(try look("DBSIZE").integer == last.keys.count)
  }

  /// All messages in their order, from the last ten as they were after each.
  private static func order(_ histories: [[String]]) throws -> [String] {
    var after: [[String]: String] = [:]
    for history in histories {
      #expect(after.updateValue(history[history.count - 1], forKey: history.dropLast()) == nil)
    }
    var order: [String] = []
    while let next = after[order.suffix(9)] { order.append(next) }
    return order
  }

  @Test("A task of several steps goes on step by step, whoever is first", arguments: Cohort.allCases)
  func steps(_ cohort: Cohort) throws {
    let fixture = try StoreFixture()
    let store = fixture.store(cohort, over: fixture.connections(milliseconds: 10_000, count: 4))
    let owner = ContextOwner(.admin, "7")
    try onThreads(8) { thread in
      for number in 0..<10 {
        var context = try store.appendUserMessage(thread * 10 + number, from: owner)
        while true {
          let step = try JSONObject(context.state).number("step") ?? 0
          let reply = Message(.assistant, "step \(step + 1)", at: 1)
          guard let now = try store.commitReply(reply, state: Array("{\"step\":\(step + 1)}".utf8), in: context) else {
            break
          }
          context = now
        }
      }
    }
    let last = try store.appendUserMessage(0, from: owner)
    #expect(last.stateText == #"{"step":80}"#)
    if cohort == .unified { #expect(last.messages == 161) }
  }
}

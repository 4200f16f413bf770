import Conversations
import Flags
import Testing

@testable import Samples

@Suite("Creating a product takes three messages")
struct ProductTaskTests {
  /// The answers and the last state, from a conversation over a store.
  private func talk(_ messages: [String], from state: String = "{}") throws -> (replies: [String], state: String) {
    var state = try JSONObject(Array(state.utf8))
    var replies: [String] = []
    for message in messages {
      guard let (reply, after) = ProductTask.reply(to: message, state: state) else {
        replies.append("-")
        continue
      }
      replies.append(reply)
      state = after
    }
    return (replies, String(decoding: state.bytes, as: UTF8.self))
  }

  @Test("Name, price, created; what else is in the state stays")
  func creation() throws {
    let (replies, state) = try talk(["Create a product.", "Lamp", "12,5 €", "thanks"], from: #"{"cart":[],"n":1.0}"#)
    #expect(
      replies == [
        "Let us create a product. What is its name?", "What does Lamp cost?", "Created: Lamp for 12.50.", "-",
      ])
    #expect(state == #"{"cart":[],"n":1.0,"products":1,"product":{"name":"Lamp","price":"12.50"}}"#)
    #expect(
      try talk(["new product", "Chair", "$8"], from: state).state.contains(#""products":2,"product":{"name":"Chair""#))
  }

  @Test(
    "Steps",
    arguments: [
      (["hello"], "{}"),
      (["create a product", "cancel"], "{}"),
      (["create a product", "Lamp", "cheap"], #"{"task":{"name":"create_product","step":"price","product":"Lamp"}}"#),
      (["create a product", "Lamp", "1.234"], #"{"task":{"name":"create_product","step":"price","product":"Lamp"}}"#),
      (["create a product", "Lamp", "create a product"], #"{"task":{"name":"create_product","step":"name"}}"#),
      (["create a product", "\"\""], #"{"task":{"name":"create_product","step":"price","product":"\"\""}}"#),
      (["create a product", "a", ".5"], #"{"task":{"name":"create_product","step":"price","product":"a"}}"#),
      (["create a product", "a", "5."], #"{"products":1,"product":{"name":"a","price":"5.00"}}"#),
    ])
  func steps(_ messages: [String], _ state: String) throws { #expect(try talk(messages).state == state) }

  @Test("Somebody else's task, and a state that is no object, are left alone")
  func foreign() throws {
    #expect(try talk(["Lamp"], from: #"{"task":"x"}"#).replies == ["-"])
    #expect(try talk(["Lamp"], from: #"{"task":{"name":"order"}}"#).replies == ["-"])
    for (state, isTaken) in [("[]", true), ("null", true), ("[1]", false), ("\"waiting\"", false), ("{", false)] {
      let message = Message(.user, "create a product", at: 1)
      let context = Context(
        owner: ContextOwner(.client, "42"), id: "", key: "", isNew: false, history: [message], state: Array(state.utf8),
        messages: 1, lifetime: 1)
      #expect((ReplyPlan(message, context, .legacy).state != nil) == isTaken, "\(state)")
    }
  }

  @Test("Over HTTP", arguments: Cohort.allCases)
  func http(_ cohort: Cohort) throws {
    let upstream = try Upstream(cohort)
    let path = "/admin/assistant/chat"
    #expect(try upstream.chat("create a product", path: path).reply.hasSuffix("What is its name?"))
    // A customer of the same name has another context.
    #expect(try upstream.chat("Lamp").reply.hasPrefix("\(cohort) here."))
    #expect(try upstream.chat("Lamp", path: path).reply == "What does Lamp cost?")
    #expect(try upstream.chat("12.50", path: path).reply == "Created: Lamp for 12.50.")
  }
}

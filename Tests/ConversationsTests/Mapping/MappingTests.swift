import Testing

@testable import Conversations

/// The table of the shipped layout, on the documents of its application.
@Suite struct MappingTests {
  @Test("a customer's context becomes state and meta, its bytes moved as they are")
  func customerForward() throws {
    let legacy = try Spec012.client.read(Documents.customer)
    let parts = try Spec012.client.forward(legacy, id: Mapping.id)
    #expect(parts.state?.text == Documents.customerState)
    #expect(parts.meta.text == Documents.customerMeta)
    #expect(legacy.createdAt?.milliseconds == 1_772_355_600_000)
    #expect(legacy.updatedAt?.milliseconds == 1_772_355_790_000)
    let times = try Spec012.client.times(ofMeta: parts.meta)
    #expect(times.createdAt == legacy.createdAt)
    #expect(times.lastActivity == legacy.updatedAt)
  }

  @Test("an admin's context becomes state and meta: the last product, the last action with its time in seconds")
  func adminForward() throws {
    let parts = try Spec012.admin.forward(Spec012.admin.read(Documents.admin), id: Mapping.id)
    #expect(parts.state?.text == Documents.adminState)
    #expect(parts.meta.text == Documents.adminMeta)
  }

  @Test("a context without optional members, or with null in them, gets their defaults")
  func defaults() throws {
    let required =
      #""userId":"u","flow":"browsing","createdAt":"2026-03-01T09:00:00Z","updatedAt":"2026-03-01T09:00:00Z""#
    let type = #""_context_type":"App\\Domain\\ValueObject\\CustomerConversationContext""#
    let expected =
      #"{"flow":"browsing","last_tool":null,"turn_count":1,"selected_products":[],"cart_items":[],"#
      + #""checkout_step":null,"language":"en"}"#
    #expect(try Spec012.client.state("{\(required),\(type)}") == expected)
    let nulls = #""lastTool":null,"turnCount":null,"selectedProducts":null,"cartSnapshot":null,"language":null"#
    #expect(try Spec012.client.state("{\(required),\(nulls),\(type)}") == expected)
  }

  @Test("an action that creates a product is the draft too, and only the last action counts")
  func draft() throws {
    let actions =
      #"[{"type":"update_stock","data":{}},{"type":"create_product","data":{"name":"caf\u00e9"},"addedAt":null}]"#
    let legacy = Self.replacing(#""pendingActions":"#, by: actions, in: Documents.admin)
    let state = try Spec012.admin.state(legacy)
    #expect(state.contains(#""draft_product":{"name":"caf\u00e9"}"#))
    #expect(
      state.contains(
        #""pending_confirmation":{"action":"create_product","params":{"name":"caf\u00e9"},"timestamp":null}"#))
  }

  @Test("maps that PHP wrote as [] are empty ones, in both directions")
  func emptyMaps() throws {
    let legacy = Documents.admin.replacing(#"{"product":[16, 17]}"#, with: "[]")
    let state = try Spec012.admin.state(legacy)
    #expect(state.contains(#""current_product":null"#))
    #expect(try Spec012.admin.back(state, Documents.adminMeta, into: legacy) == legacy)
    let chosen = state.replacing(#""current_product":null"#, with: #""current_product":"a\/b""#)
    #expect(
      try Spec012.admin.back(chosen, Documents.adminMeta, into: legacy)
        == legacy.replacing(#""activeEntities":[]"#, with: #""activeEntities":{"product":["a\/b"]}"#))
  }

  @Test("what did not change comes back byte by byte")
  func unchanged() throws {
    let customer = try Spec012.client.back(Documents.customerState, Documents.customerMeta, into: Documents.customer)
    #expect(customer == Documents.customer)
    let admin = try Spec012.admin.back(Documents.adminState, Documents.adminMeta, into: Documents.admin)
    #expect(admin == Documents.admin)
  }

  @Test(
    "each changed member of a customer's state changes its counterpart and nothing else",
    arguments: [
      (#""flow":"cart_management""#, #""flow":"checkout""#, #""flow":"cart_management""#, #""flow":"checkout""#),
      (#""last_tool":"AddToCart""#, #""last_tool":null"#, #""lastTool":"AddToCart""#, #""lastTool":null"#),
      (#""turn_count":4"#, #""turn_count":5"#, #""turnCount":4"#, #""turnCount":5"#),
      (#"[17,"a1b2\/\u00e9"],"#, #"["\u20ac"],"#, #"[17,"a1b2\/\u00e9"],"#, #"["\u20ac"],"#),
      (#""quantity":2"#, #""quantity":3"#, #""quantity":2"#, #""quantity":3"#),
      (#""language":"es""#, #""language":"fr""#, #""language":"es""#, #""language":"fr""#),
      (#","language":"es""#, "", #""language":"es""#, #""language":"en""#),
      ("09:03:10Z", "09:04:00+00:00", "09:03:10Z", "09:04:00+00:00"),
      // No counterpart: nothing changes.
      (#""checkout_step":null"#, #""checkout_step":"address""#, "{", "{"),
    ])
  func customerBackward(from: String, to: String, legacyFrom: String, legacyTo: String) throws {
    let state = Documents.customerState.replacing(from, with: to)
    let meta = Documents.customerMeta.replacing(from, with: to)
    #expect(state != Documents.customerState || meta != Documents.customerMeta)
    let expected = Documents.customer.replacing(legacyFrom, with: legacyTo)
    #expect(try Spec012.client.back(state, meta, into: Documents.customer) == expected)
  }

  @Test(
    "each changed member of an admin's state changes its counterpart and nothing else",
    arguments: [
      (#""current_product":17"#, #""current_product":18"#, "[16, 17]", "[16, 18]"),
      (#""current_product":17"#, #""current_product":null"#, "[16, 17]", "[]"),
      (#""current_period":"this_week""#, #""current_period":null"#, #""this_week""#, "null"),
      ("1772355790", "1772355800", "09:03:10+00:00\",\"by\"", "09:03:20+00:00\",\"by\""),
      (#"{"productId":17}"#, "[]", #"{"productId":17}"#, "[]"),
    ])
  func adminBackward(from: String, to: String, legacyFrom: String, legacyTo: String) throws {
    let state = Documents.adminState.replacing(from, with: to)
    #expect(state != Documents.adminState)
    let expected = Documents.admin.replacing(legacyFrom, with: legacyTo)
    #expect(try Spec012.admin.back(state, Documents.adminMeta, into: Documents.admin) == expected)
  }

  @Test("another action takes the place of the last one whole; a confirmed one leaves no action to come back to life")
  func otherAction() throws {
    let action = #"{"action":"update_stock","params":{"productId":17},"timestamp":1772355790}"#
    let delete = #"{"action":"delete","params":{"x":[1]},"timestamp":1772355795}"#
    let old = #"[{"type":"update_stock","data":{"productId":17},"addedAt":"2026-03-01T09:03:10+00:00","by":"x"}]"#
    let new = #"[{"type":"delete","data":{"x":[1]},"addedAt":"2026-03-01T09:03:15+00:00"}]"#
    #expect(
      try Spec012.admin.back(
        Documents.adminState.replacing(action, with: delete), Documents.adminMeta, into: Documents.admin)
        == Documents.admin.replacing(old, with: new))
    let two = Documents.admin.replacing(old, with: "[\(new.dropFirst().dropLast()),\(old.dropFirst())")
    #expect(
      try Spec012.admin.back(
        Documents.adminState.replacing(action, with: "null"), Documents.adminMeta, into: two)
        == Documents.admin.replacing(old, with: "[]"))
  }

  @Test("a draft changes the data of the last action, if that creates a product; null leaves it")
  func draftBackward() throws {
    let rows = Mapping.of([Spec012.admin.layout.members[5]])
    let create = #"{"pendingActions":[{"type":"create_product","data":{"a":1},"by":"x"}]}"#
    let other = #"{"pendingActions":[{"type":"other","data":{"a":1}}]}"#
    #expect(
      try rows.back(#"{"draft_product":{"a":2}}"#, into: create)
        == #"{"pendingActions":[{"type":"create_product","data":{"a":2},"by":"x"}]}"#)
    for (state, base) in [("{}", create), (#"{"draft_product":{"a":2}}"#, other), (#"{"draft_product":1}"#, "{}")] {
      #expect(try rows.back(state, into: base) == base)
    }
  }

  @Test("a missing legacy value is made from the template, with the user and the times of the conversation")
  func template() throws {
    let made = try Spec012.client.back(Documents.customerState, Documents.customerMeta, into: nil)
    let legacy = try Spec012.client.read(made)
    #expect(made.hasPrefix(#"{"userId":"0f6d2a10-5b7e-4c1d-9a33-2b1c7d5e8f90","flow":"cart_management""#))
    #expect(try Spec012.client.forward(legacy, id: Mapping.id).state?.text == Documents.customerState)
    #expect(try Spec012.client.forward(legacy, id: Mapping.id).meta.text == Documents.customerMeta)
    let fresh = try Spec012.client.back("[]", Documents.customerMeta, into: nil)
    #expect(fresh.contains(#""flow":"browsing","lastTool":null,"turnCount":1,"#))
  }

  @Test("into a conversation that exists, only what differs is written; members without a counterpart stay")
  func intoConversation() throws {
    let mapping = Spec012.client
    let state =
      #"{"flow" : "browsing","checkout_step":"address","mine":[1],"turn_count":4.0,"#
      + #""cart_items":[{"quantity":1,"product_id":"a1b2/é","name":"x"}]}"#
    let meta = #"{"role":"client","title":"t","created_at":"2026-03-01T10:00:00+01:00","last_activity":null}"#
    let parts = MappedParts(state: .json(Array(state.utf8)), meta: .json(Array(meta.utf8)))
    let legacy = try mapping.read(Documents.customer)
    let new = try mapping.forward(legacy, id: Mapping.id, into: parts)
    #expect(
      new.state?.text
        == #"{"flow" : "cart_management","checkout_step":"address","mine":[1],"turn_count":4.0,"#
        + #""cart_items":[{"quantity":2,"product_id":"a1b2/é","name":"x"}],"last_tool":"AddToCart","#
        + #""selected_products":[17,"a1b2\/\u00e9"],"language":"es"}"#)
    #expect(new.meta.text == meta.replacing("null", with: #""2026-03-01T09:03:10Z""#))
    #expect(try mapping.meaning(of: new) == mapping.meaning(ofLegacy: legacy))
    #expect(try mapping.forward(legacy, id: Mapping.id, into: new) == new)
    let none = try mapping.forward(legacy, id: Mapping.id, into: MappedParts(state: nil, meta: parts.meta))
    #expect(none.state?.text == Documents.customerState)
  }

  @Test(
    "the layout of the sample application: the state whole, the messages in the legacy value, times in milliseconds")
  func sampleLayout() throws {
    let mapping = Spec012.shipped("turnout", .client)
    let base =
      #"{"user_id":"42","state":{"a":[1]},"messages":[ {"role":"user","content":"x","at":1} ],"#
      + #""created_at":1772355600001,"updated_at":1772355790000}"#
    let legacy = try mapping.read(base)
    let parts = try mapping.forward(legacy, id: Mapping.id)
    #expect(parts.state?.text == #"{"a":[1]}"#)
    #expect(
      parts.meta.text
        == #"{"user_id":"42","created_at":1772355600001,"updated_at":1772355790000,"v":1,"id":"\#(Mapping.id.text)","#
        + #""role":"client"}"#)
    #expect(legacy.createdAt?.milliseconds == 1_772_355_600_001)
    #expect(legacy.messages.map(\.content.text) == ["x"])
    #expect(
      try mapping.backward(parts, history: legacy.messages, into: legacy.value, user: legacy.user) == legacy.value)
    let made = try mapping.backward(parts, history: legacy.messages, into: nil, user: Array("42".utf8))
    #expect(try mapping.meaning(ofLegacy: mapping.legacy(made, user: legacy.user)) == mapping.meaning(ofLegacy: legacy))
    #expect(try mapping.legacy(made, user: legacy.user).messages == legacy.messages)
  }

  static func replacing(_ name: String, by value: String, in document: String) -> String {
    document.split(separator: "\n").map { line in
      line.hasPrefix(name) ? "\(name)\(value)," : String(line)
    }.joined(separator: "\n")
  }
}

import Testing

@testable import Conversations

/// What cannot be mapped, and how it is said.
@Suite struct MappingChecksTests {
  @Test(
    "a value that the application could not read is refused, with the member and the reason",
    arguments: [
      (#""flow":"cart_management","#, "", "flow is missing; the application cannot read such a value"),
      (#""flow":"cart_management","#, #""flow":null,"#, "flow is missing; the application cannot read such a value"),
      (#""flow":"cart_management","#, #""flow":1,"#, "flow is a number, expected a text"),
      (
        #""createdAt":"2026-03-01T09:00:00+00:00""#, #""createdAt":1772355600"#,
        "createdAt is a number, expected a time in RFC 3339"
      ),
      (
        #""createdAt":"2026-03-01T09:00:00+00:00""#, #""createdAt":"yesterday""#,
        #"createdAt is "yesterday", no time in RFC 3339, such as 2026-03-01T09:00:00+00:00"#
      ),
      (
        #"Domain\\ValueObject\\CustomerConversationContext""#, #"Foo""#,
        #"_context_type is "App\Foo", this layout knows "App\Domain\ValueObject\CustomerConversationContext""#
      ),
      (
        #""_context_type""#, #""x""#,
        #"_context_type is missing, this layout knows "App\Domain\ValueObject\CustomerConversationContext""#
      ),
      (#""language":"es","#, #""language":"es""#, "the legacy value is not JSON: at byte "),
      (
        #""selectedProducts":[17,"a1b2\/\u00e9"]"#, #""selectedProducts":17"#,
        "selectedProducts is a number, expected a list"
      ),
      (
        #"[{"product_id":"a1b2\/\u00e9","quantity":2}]"#, "[7]",
        "an element of cartSnapshot is a number, expected an object"
      ),
    ])
  func refused(old: String, new: String, reason: String) throws {
    let value = Documents.customer.replacing(old, with: new)
    #expect(value != Documents.customer)
    let error = #expect(throws: MappingError.self) {
      try Spec012.client.forward(Spec012.client.read(value), id: Mapping.id)
    }
    #expect(error?.description.hasPrefix(reason) == true)
    // Backward, a mapped member that is wrong is repaired; an unknown type is left alone.
    let back = try? Spec012.client.back(Documents.customerState, Documents.customerMeta, into: value)
    let isMapped = !reason.hasPrefix("_context_type") && !reason.contains("not JSON")
    #expect((back != nil) == isMapped)
    if let back { #expect(throws: Never.self) { try Spec012.client.read(back) } }
  }

  @Test("a legacy value that the application could not read is never made")
  func neverMade() throws {
    let client = Spec012.client
    #expect(throws: MappingError.missing(["createdAt", "updatedAt"])) {
      try client.back(Documents.customerState, "{}", into: Documents.customer)
    }
    #expect(throws: MappingError.wrongType("flow", found: "a list", expected: "a text")) {
      try client.back(#"{"flow":[]}"#, Documents.customerMeta, into: Documents.customer)
    }
    #expect(throws: MappingError.wrongType("state", found: "a text", expected: "an object")) {
      try client.back(#""x""#, Documents.customerMeta, into: Documents.customer)
    }
    #expect(throws: MappingError.wrongType("the legacy value", found: "a list", expected: "an object")) {
      try client.back("{}", Documents.customerMeta, into: "[]")
    }
    #expect(throws: MappingError.userNotText) {
      try client.backward(
        MappedParts(state: nil, meta: .json(Array(Documents.customerMeta.utf8))), history: [], into: nil, user: [0xFF])
    }
    #expect(throws: MappingError.noTemplate) { try Mapping.of([], template: nil).back("{}", into: nil) }
  }

  @Test("a conversation that the application could not read is never made")
  func conversation() throws {
    var layout = Spec012.client.layout
    layout.legacy.required = []
    layout.legacy.marker = nil
    let mapping = Mapping(layout)
    #expect(throws: MappingError.missing(["meta.created_at", "meta.last_activity"])) {
      try mapping.forward(mapping.read(#"{"flow":"x"}"#), id: Mapping.id)
    }
  }

  @Test("a sample says how it fits, by names")
  func fit() throws {
    func fit(_ text: String) -> LayoutFit { Spec012.client.fit(.json(Array(text.utf8))) }
    #expect(fit(Documents.customer) == .fits)
    #expect(fit(#"{"user_id":"1","state":{}}"#) == .unknownMembersOnly(["user_id", "state"]))
    #expect(
      "\(fit(#"{"user_id":"1","state":{}}"#))" == "has only members that the layout does not know: user_id, state")
    #expect(fit(Documents.customer.replacing(#""flow""#, with: #""flux""#)) == .lacks(["flow"]))
    #expect(
      "\(fit(Documents.admin))".hasPrefix(#"_context_type is "App\Domain\ValueObject\AdminConversationContext", this"#))
    #expect("\(fit("{}"))" == "has no members")
    guard case .unreadable(.notJSON) = fit("O:8:\"stdClass\"") else {
      Issue.record("not JSON")
      return
    }
    guard case .unreadable(.otherForm) = Spec012.client.fit(.hash([])) else {
      Issue.record("a hash")
      return
    }
  }

  @Test("every type of a required member is checked")
  func types() throws {
    let good: [(MemberType, [String], [String])] = [
      (.any, ["1", "[]", "false"], ["null"]), (.text, [#""""#], ["1", "null"]), (.number, ["1e3"], [#""1""#, "true"]),
      (.list, ["[]", "[1]"], ["{}", "1"]), (.object, ["{}", "[]", #"{"a":1}"#], ["[1]", "1"]),
      (.rfc3339, [#""2026-03-01T09:00:00Z""#], [#""x""#, "1"]),
    ]
    for (type, fitting, others) in good {
      let mapping = Mapping.of([], required: [RequiredMember(path: Spec012.path("a.b"), type: type)])
      for value in fitting { #expect(throws: Never.self) { try mapping.read(#"{"a":{"b":\#(value)}}"#) } }
      for value in others { #expect(throws: MappingError.self) { try mapping.read(#"{"a":{"b":\#(value)}}"#) } }
      #expect(throws: MappingError.missing(["a.b"])) { try mapping.read("{}") }
    }
  }
}

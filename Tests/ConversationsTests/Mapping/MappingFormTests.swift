import Testing

@testable import Conversations

/// Hashes, and times in other formats.
@Suite struct MappingFormTests {
  private static let mapping = Mapping.of(
    [
      Spec012.row("name", "state.name"), Spec012.row("turns", "state.turns", value: "1"),
      Spec012.row("cart.items", "state.cart", value: "[]"),
      Spec012.time("seen", "meta.seen", TimePair(legacy: .milliseconds, unified: .rfc3339)),
    ], legacy: .hash, json: ["cart"])

  @Test("the fields of a hash are text, numbers where the layout has them, and JSON where it says so")
  func fromHash() throws {
    let hash = StoredDocument.fields([
      "name": "a \"b\"\n\u{E9}/", "turns": "12", "cart": #"{"items":[1, 2],"x":0}"#, "seen": "1772355790123",
      "other": "1",
    ])
    let parts = try Self.mapping.forward(Self.mapping.legacy(hash, user: []), id: Mapping.id)
    #expect(parts.state?.text == #"{"name":"a \"b\"\n\#u{E9}/","turns":12,"cart":[1, 2]}"#)
    #expect(parts.meta.text == #"{"seen":"2026-03-01T09:03:10.123+00:00"}"#)
    let text = try Self.mapping.forward(
      Self.mapping.legacy(.fields(["turns": "012", "name": "7"]), user: []), id: Mapping.id)
    #expect(text.state?.text == #"{"name":"7","turns":"012","cart":[]}"#)
    #expect(text.meta.text == #"{"seen":null}"#)
  }

  @Test("only the fields of a hash that differ change; null removes one, bytes that are no text stay")
  func intoHash() throws {
    let other = StoredDocument.Field(name: [0xFE, 0x41], value: [0xFF, 0x00])
    guard case .hash(let known) = StoredDocument.fields(["turns": "12", "name": "x", "cart": #"{ "items" : [1.0] }"#])
    else {
      return
    }
    let base = StoredDocument.hash([other] + known)
    func back(_ state: String, _ meta: String = "{}") throws -> StoredDocument {
      try Self.mapping.backward(
        MappedParts(state: .json(Array(state.utf8)), meta: .json(Array(meta.utf8))), history: [], into: base, user: [])
    }
    #expect(try back(#"{"name":"\u0078","turns":12.0,"cart":[1]}"#) == base)
    let changed = try back(#"{"turns":13,"cart":[2]}"#, #"{"seen":"2026-03-01T09:03:10.123456Z"}"#)
    guard case .hash(let fields) = changed else { return }
    #expect(fields.first == other)
    #expect(
      StoredDocument.hash(Array(fields.dropFirst())).text
        == "turns=13\ncart={ \"items\" : [2] }\nseen=1772355790123")
    #expect(throws: MappingError.self) { try back(#"{"name":["x"]}"#) }
  }

  @Test("a hash with a mapped field that is no text, or a JSON field that is none, is refused")
  func refused() throws {
    let bytes = StoredDocument.hash([StoredDocument.Field(name: Array("name".utf8), value: [0xFF])])
    #expect(throws: MappingError.wrongType("name", found: "bytes that are not UTF-8", expected: "a text")) {
      try Self.mapping.legacy(bytes, user: [])
    }
    #expect(throws: MappingError.self) { try Self.mapping.legacy(.fields(["cart": #"1,"b":2"#]), user: []) }
    #expect(throws: MappingError.otherForm("the legacy value", found: .json, expected: .hash)) {
      try Self.mapping.read("{}")
    }
  }

  @Test("state and meta can be hashes")
  func unifiedHash() throws {
    let mapping = Mapping.of(
      [
        Spec012.row("name", "state.name"), Spec012.row("list", "state.list", value: "[]"),
        Spec012.time("at", "meta.at", TimePair(legacy: .rfc3339, unified: .seconds)),
      ], unified: .hash, json: ["list"])
    let base = #"{"name":"x","list":[1],"at":"2026-03-01T09:03:10.5Z"}"#
    let parts = try mapping.forward(mapping.read(base), id: Mapping.id)
    #expect(parts.state == .fields(["name": "x", "list": "[1]"]))
    #expect(parts.meta == .fields(["at": "1772355790"]))
    #expect(try mapping.backward(parts, history: [], into: .json(Array(base.utf8)), user: []).text == base)
    let new = MappedParts(state: .fields(["name": "y", "own": "1"]), meta: .fields(["at": "1772355791"]))
    #expect(
      try mapping.backward(new, history: [], into: .json(Array(base.utf8)), user: []).text
        == #"{"name":"y","list":[],"at":"2026-03-01T09:03:11+00:00"}"#)
    let into = try mapping.forward(mapping.read(base), id: Mapping.id, into: new)
    #expect(into.state == .fields(["name": "x", "own": "1", "list": "[1]"]))
    #expect(into.meta == .fields(["at": "1772355790"]))
  }
}

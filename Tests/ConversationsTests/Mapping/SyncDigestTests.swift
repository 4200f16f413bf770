import Testing

@testable import Conversations

@Suite struct SyncDigestTests {
  private static let history = [
    Message(json: Array(#"{"role":"user","content":"caf\u00e9"}"#.utf8)),
    Message(json: Array(#"{"role":"assistant","content":"\/"}"#.utf8)),
  ]

  private static func digest(_ legacy: String, _ mapping: Mapping = Spec012.client) throws -> SyncDigest {
    mapping.digest(try mapping.meaning(ofLegacy: mapping.read(legacy)), history: history)
  }

  private static func digest(state: String, meta: String, _ mapping: Mapping = Spec012.client) throws -> SyncDigest {
    let parts = MappedParts(state: .json(Array(state.utf8)), meta: .json(Array(meta.utf8)))
    return mapping.digest(try mapping.meaning(of: parts), history: history)
  }

  @Test("a context has the same digest on both sides, in 32 digits that are read back")
  func bothSides() throws {
    let digest = try Self.digest(Documents.customer)
    #expect(try Self.digest(state: Documents.customerState, meta: Documents.customerMeta) == digest)
    #expect(
      try Self.digest(Documents.admin, Spec012.admin)
        == Self.digest(state: Documents.adminState, meta: Documents.adminMeta, Spec012.admin))
    #expect(digest.text.utf8.count == 32)
    #expect(SyncDigest(Array(digest.text.utf8)) == digest)
    for text in ["", String(digest.text.dropLast()), digest.text + "0", digest.text.dropLast() + "g"] {
      #expect(SyncDigest(Array(text.utf8)) == nil)
    }
  }

  @Test("the digest of a known context stays the same in later versions, which read what earlier ones stored")
  func stable() throws {
    #expect(try Self.digest(Documents.customer).text == "df6568d4f20ca112fb4e72e5489abb89")
  }

  @Test(
    "each mapped member changes the digest",
    arguments: [
      ("cart_management", "x"), ("AddToCart", "x"), (#""turn_count":4"#, #""turn_count":5"#), ("[17,", "[18,"),
      ("[17,", "["),
      (#""quantity":2"#, #""quantity":3"#), (#"{"product_id":"a1b2\/\u00e9""#, #"{"product_id":"x""#),
      (#""es""#, "null"),
      ("09:00:00+00:00", "09:00:00+01:00"), ("09:03:10Z", "09:03:11Z"), (#""last_tool":"AddToCart","#, ""),
    ])
  func changes(old: String, new: String) throws {
    let changed = (Documents.customerState.replacing(old, with: new), Documents.customerMeta.replacing(old, with: new))
    #expect(changed != (Documents.customerState, Documents.customerMeta))
    #expect(try Self.digest(state: changed.0, meta: changed.1) != Self.digest(Documents.customer))
    let meanings = (
      try Spec012.client.meaning(ofLegacy: Spec012.client.read(Documents.customer)),
      try Spec012.client.meaning(
        of: MappedParts(state: .json(Array(changed.0.utf8)), meta: .json(Array(changed.1.utf8))))
    )
    #expect(meanings.1.differences(from: meanings.0).count == 1)
  }

  @Test(
    "what is not mapped, unknown members and other ways to write the same do not change it",
    arguments: [
      (#""checkout_step":null"#, #""checkout_step":"address","more":[1]"#), (#""role":"client""#, #""role":"x","n":1"#),
      (",", " ,\n"), (#"a1b2\/\u00e9"#, "a1b2/é"), (#""turn_count":4"#, #""turn_count":40e-1"#),
      ("09:03:10Z", "10:03:10.000+01:00"), (#""quantity":2}"#, #""quantity":2,"name":"x"}"#),
    ])
  func stays(old: String, new: String) throws {
    let changed = (Documents.customerState.replacing(old, with: new), Documents.customerMeta.replacing(old, with: new))
    #expect(changed != (Documents.customerState, Documents.customerMeta))
    #expect(try Self.digest(state: changed.0, meta: changed.1) == Self.digest(Documents.customer))
  }

  @Test("role and text of each message count, in their order; what else a message has does not")
  func messages() throws {
    let mapping = Spec012.client
    let meaning = try mapping.meaning(ofLegacy: mapping.read(Documents.customer))
    func digest(_ messages: String...) -> SyncDigest {
      mapping.digest(meaning, history: messages.map { Message(json: Array($0.utf8)) })
    }
    let (one, two) = (#"{"role":"user","content":"a"}"#, #"{"role":"assistant","content":"b"}"#)
    let all = digest(one, two)
    #expect(digest(#"{"content":"\u0061","role":"user","id":7}"#, two) == all)
    let others = [
      digest(), digest(one), digest(two, one), digest(one, two, two), digest(#"{"role":"user","content":"b"}"#, two),
      digest(#"{"role":"system","content":"a"}"#, two), digest(#"{"role":"user"}"#, two), digest("7", two),
    ]
    #expect(!others.contains(all))
    #expect(Set(others).count == others.count)
  }

  @Test("meta remembers the digest in its member, and every other byte stays")
  func remembered() throws {
    let mapping = Spec012.client
    let (meta, digest) = (StoredDocument.json(Array(#"{ "title":"t"}"#.utf8)), try Self.digest(Documents.customer))
    #expect(try mapping.digest(in: meta) == nil)
    let marked = try mapping.setting(digest, in: meta)
    #expect(marked.text == #"{ "title":"t","turnout_sync":"\#(digest.text)"}"#)
    #expect(try mapping.digest(in: marked) == digest)
    #expect(try mapping.setting(digest, in: marked) == marked)
    let without = Mapping.of([])
    #expect(try without.setting(digest, in: meta) == meta)
    #expect(try without.digest(in: marked) == nil)
  }

  @Test("differences name the member of the conversation, with both values")
  func differences() throws {
    let mapping = Spec012.admin
    let legacy = try mapping.meaning(ofLegacy: mapping.read(Documents.admin))
    let state = Documents.adminState.replacing("17,", with: "18,")
    let unified = try mapping.meaning(
      of: MappedParts(state: .json(Array(state.utf8)), meta: .json(Array(Documents.adminMeta.utf8))))
    #expect(unified.differences(from: legacy) == [FieldDifference("state.current_product", expected: 17, found: 18)])
    #expect(legacy.differences(from: legacy).isEmpty)
  }
}

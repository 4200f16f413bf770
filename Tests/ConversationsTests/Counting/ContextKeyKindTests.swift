import Conversations
import Testing

@Suite("What a key of Redis is counted as")
struct ContextKeyKindTests {
  private var patterns: KeyKinds { get throws { KeyKinds(try Layout.named("turnout")) } }

  private static let id = "0b5c3c8e-7f0e-4f0a-9d5e-1f2a3b4c5d6e"

  @Test(
    "The keys of both layouts have their kinds",
    arguments: [
      ("chat:customer:42", .legacyCustomer), ("admin:context:7", .legacyAdmin), ("chat:customer:a:b", .legacyCustomer),
      ("conversation:client:42:\(id):history", .unifiedHistory), ("conversation:admin:7:\(id):state", .unifiedState),
      ("conversation:client:a:b:\(id):meta", .unifiedMeta), ("conversation:admin:7:current", .unifiedCurrent),
    ] as [(String, ContextKeyKind)])
  func kinds(key: String, kind: ContextKeyKind) throws { #expect(try patterns.find(Array(key.utf8))?.kind == kind) }

  @Test(
    "The keys of others have none",
    arguments: [
      "", "chat:customer", "chat:customer:", "chat:customers:1", "admin:context:", "conversation:", "session:1",
      "conversation:guest:1:current", "conversation:client:1:no-uuid:history", "conversation:client:1:\(id):other",
      "conversation:client::current", "UNIFIED_CONVERSATION_ENABLED", "turnout:proxies",
    ])
  func others(key: String) throws { #expect(try patterns.find(Array(key.utf8))?.kind == nil) }
}

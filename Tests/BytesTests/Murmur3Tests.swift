import Bytes
import Testing

@Suite struct Murmur3Tests {
  @Test(
    "The published vectors of murmur3_x86_32 with seed 0 come out",
    arguments: [
      ("", 0), ("ejOoVL", 0), ("bY9fO-", 1), ("SI7p-", 2_147_483_647), ("6LvT0", 2_147_483_648),
      ("ceQdGm", 4_294_967_295), ("fractional-flagjack", 2_682_799_072), ("shared-seedseven", 2_854_277_753),
      ("jon@company.com", 1_557_731_397),
    ] as [(String, UInt32)])
  func publishedVectors(text: String, hash: UInt32) {
    #expect(Murmur3().hash(Array(text.utf8).span.bytes) == hash)
  }

  @Test("A prefix absorbed beforehand changes nothing, wherever the text is cut")
  func anyPrefix() {
    let text = Array("UNIFIED_CONVERSATION_ENABLED:anna@example.com".utf8)
    let whole = Murmur3().hash(text.span.bytes)
    for cut in 0...text.count {
      #expect(Murmur3(prefix: text[..<cut]).hash(Array(text[cut...]).span.bytes) == whole)
    }
  }
}

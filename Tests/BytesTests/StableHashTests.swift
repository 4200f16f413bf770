import Bytes
import Testing

@Suite struct StableHashTests {
  @Test(
    "The vectors of FNV-1a with 32 bits come out (RFC 9923), wherever the text is cut",
    arguments: [
      ("", 0x811C_9DC5), ("a", 0xE40C_292C), ("foobar", 0xBF9C_F968),
    ] as [(String, UInt32)])
  func fnv1a32(text: String, hash: UInt32) {
    let bytes = Array(text.utf8)
    #expect(FNV1a32(prefix: bytes).value == hash)
    for cut in 0...bytes.count {
      #expect(FNV1a32(prefix: bytes[..<cut]).hash(Array(bytes[cut...]).span.bytes) == hash)
    }
  }

  @Test(
    "A number is hashed as its decimal text",
    arguments: [0, 1, 9, 10, 99, 100, 101, 1_000_000_000, 4_294_967_295] as [UInt32])
  func decimal(number: UInt32) {
    #expect(FNV1a32(prefix: "n".utf8).hash(decimal: number) == FNV1a32(prefix: "n\(number)".utf8).value)
  }

  @Test(
    "The vectors of MurmurHash2 with seed 0 come out, wherever the text is cut",
    arguments: [
      ("", 0), ("1", 1_228_156_847), ("2", 772_897_149), ("a", 2_456_313_694), ("hello", 3_848_350_155),
      ("alice", 479_601_241), ("user-2", 566_315_068), ("anna@example.com", 510_979_379), ("Ünïcødé", 3_778_780_319),
      ("e56f628e-9817-498f-ae38-4961e9c2bb21", 445_028_286),
    ] as [(String, UInt32)])
  func murmurHash2(text: String, hash: UInt32) {
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      var murmur = MurmurHash2(byteCount: bytes.count)
      murmur.absorb(Array(bytes[..<cut]).span.bytes)
      murmur.absorb(Array(bytes[cut...]).span.bytes)
      #expect(murmur.value == hash)
    }
  }
}

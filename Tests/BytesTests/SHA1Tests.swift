import Bytes
import Testing

@Suite struct SHA1Tests {
  @Test(
    "The digests of RFC 3174 section 7.3 come out",
    arguments: [
      ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
      ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
      ("a", 1_000_000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
      (
        "0123456701234567012345670123456701234567012345670123456701234567", 10,
        "dea356a2cddd90c7a7ecedc5ebb563934f460452"
      ),
    ])
  func published(text: String, count: Int, digest: String) {
    var hash = SHA1()
    let bytes = Array(text.utf8)
    for _ in 0..<count { hash.absorb(bytes.span.bytes) }
    #expect(hexadecimal(hash) == digest)
  }

  /// Of `count` bytes, the one at `index` being (index * 7 + count) & 255. Computed once with another implementation.
  static let lengths: [(count: Int, digest: String)] = [
    (0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    (1, "bf8b4530d8d246dd74ac53a13471bba17941dff7"),
    (55, "63ac9708fb581dd150d3647549f9e0cb51dcf1df"),
    (56, "5a0c4d0eb2f15e05bbbff6b8dada9ae767fc03f0"),
    (57, "4e77d3077d2ab5167db3434c31cac3d15a3afc12"),
    (63, "d94ff3ad53f9b9327704b812ee9c1f3abbba3d48"),
    (64, "5f55a35e13f1865e7ffc22dca1275b1a49b0ff56"),
    (65, "d7f8931010f8342a97383e1410a58c47d057708b"),
    (119, "774001b5ad1f46b40c48e1b94cb092c593ead25b"),
    (120, "6ebf3111dc761f11b13f29df0484848785385973"),
    (121, "467945c0e868aaff130a18a6ff44c3963010999f"),
    (122, "c502ad37e0c15196eb80d270013a8dc4c1037885"),
    (123, "7807cd8a4b8c18466382b58433eea7639b9a1274"),
    (124, "8011b2798dde294b64f61ff446694029b17815fc"),
    (125, "4b20490737b3301e1f8fb0bc858ba31378f5dde2"),
    (126, "7fb49dd181a906b26af8aeb1638fe71f9aaaf7d9"),
    (127, "82d007f6e7e5672722c0717b6bea2ba6f17cd35c"),
    (128, "0a44ac02432f6ead67d86fcb70a4d8ce589e50ec"),
    (129, "461b146c523c63566b8bf8852dc8462116cf2e3f"),
  ]

  @Test("Every length around the border of a block comes out, wherever the bytes are cut", arguments: lengths)
  func borders(count: Int, digest: String) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + count) }
    for cut in 0...count {
      var hash = SHA1()
      hash.absorb(Array(bytes[..<cut]).span.bytes)
      hash.absorb(Array(bytes[cut...]).span.bytes)
      if hexadecimal(hash) != digest { Issue.record("\(count) bytes, cut at \(cut)") }
    }
  }

  private func hexadecimal(_ hash: SHA1) -> String {
    let digest = hash.digest()
    return digest.indices.map { index in
      let digits = String(digest[index], radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }
}

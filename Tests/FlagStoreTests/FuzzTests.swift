import Flags
import TestSupport
import Testing

@testable import FlagStore

@Suite struct FuzzTests {
  static let seeds = [
    "{\"F\": 10, \"G\": true, \"H\": 12.5}",
    "{\"F\": {\"enabled\": false, \"percentage\": 50, \"salt\": \"s\", \"allow\": [\"a\", \"\\u00fc\\ud83d\\ude00\"], \"deny\": []}}",
    "{\"F\": {\"percentage\": 3, \"salt\": \"s\", \"hash\": \"split_clients\"}}",
    "{\n  \"F\": {\n    \"percentage\": 1e1,\n    \"revision\": 7,\n    \"reason\": \"ü😀\"\n  }\n}\n",
  ]
  static let tokens = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "-", "1e", ".", "0", "null", "true", "\u{0}", "NaN", "percentage",
  ]

  @Test("No bytes crash the reader, and what it takes it writes back the same")
  func mutations() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("fuzz seed \(seed)")
    var random = SeededGenerator(seed: seed)
    var accepted = 0
    for _ in 0..<30_000 {
      var bytes = Array((Self.seeds.randomElement(using: &random) ?? "").utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, &random) }
      guard let document = try? FlagDocument(parsing: bytes, file: "f") else { continue }
      accepted += 1
      let again = try FlagDocument(document.render())
      #expect(again.flags == document.flags, "seed \(seed)")
    }
    #expect(accepted > 0, "seed \(seed)")
  }

  static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    let place = Int.random(in: 0...bytes.count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes.insert(.random(in: 0...255, using: &random), at: place)
    case 1 where place < bytes.count: bytes[place] = .random(in: 0...255, using: &random)
    case 2 where place < bytes.count: bytes.remove(at: place)
    case 3: bytes.insert(contentsOf: (tokens.randomElement(using: &random) ?? "").utf8, at: place)
    default: bytes.removeLast(bytes.count - place)
    }
  }

  @Test("No prefix of a document is a document, so a half-written file is never taken")
  func prefixes() {
    for text in Self.seeds {
      let bytes = Array(text.utf8)
      let end = (bytes.lastIndex(of: UInt8(ascii: "}")) ?? 0)
      for count in 0...end {
        #expect(throws: FlagStoreError.self) { try FlagDocument(parsing: Array(bytes[..<count]), file: "f") }
      }
    }
  }
}

import HTTPWire
import TestSupport
import Testing

@Suite struct TraceParentTests {
  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let parent = "00f067aa0ba902b7"
  private static let good = "00-\(trace)-\(parent)-01"

  @Test(
    "A trace that can be gone on with",
    arguments: [
      good, "00-\(trace)-\(parent)-00", "00-\(trace)-\(parent)-ff", "01-\(trace)-\(parent)-01",
      "cc-\(trace)-\(parent)-01-what-the-future-will-be-like", "fe-\(trace)-\(parent)-01-",
      "00-00000000000000000000000000000001-0000000000000001-00",
    ])
  func valid(text: String) { #expect(isValid(text)) }

  @Test(
    "Anything else is none",
    arguments: [
      "", "00", "-", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-", "00-\(trace)-\(parent)-1",
      "00-\(trace)-\(parent)-01-", "00-\(trace)-\(parent)-011", "00-\(trace)-\(parent)-01 ",
      "ff-\(trace)-\(parent)-01", "0-\(trace)-\(parent)-011", "FE-\(trace)-\(parent)-01",
      "00-00000000000000000000000000000000-\(parent)-01", "00-\(trace)-0000000000000000-01",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-\(parent)-01", "00-\(trace)-00F067AA0BA902B7-01",
      "00-\(trace)-\(parent)-0A", "00-\(trace)-\(parent)-0x", "00-\(trace)g\(parent)-01", "00_\(trace)-\(parent)-01",
      "00-\(trace)-\(parent)_01", "cc-\(trace)-\(parent)-01.what", "cc-\(trace)-\(parent)-0123", "\(good),\(good)",
      ".0-\(trace)-\(parent)-01", "00-.\(trace.dropFirst())-\(parent)-01", "00-\(trace)-\(parent)-.1",
    ])
  func invalid(text: String) { #expect(!isValid(text)) }

  @Test("Of all changes of one byte in a good one, those are good that a plain reading of the rule takes")
  func mutations() {
    var random = SeededGenerator(named: "TraceParentTests.mutations")
    for position in 0..<55 {
      for byte in 0...UInt8.max {
        var bytes = Array(Self.good.utf8)
        bytes[position] = byte
        expectAsTheRule(bytes)
      }
    }
    for _ in 0..<15_000 {
      var bytes = Array("\(["00", "01", "ff", "a9"].randomElement(using: &random)!)\(Self.good.dropFirst(2))".utf8)
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = Array("0123456789abcdefABCDEFg-. \u{7F}".utf8).randomElement(using: &random)!
        case 1: bytes.remove(at: place)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        }
      }
      if Bool.random(using: &random) { bytes += Array("-x".utf8) }
      expectAsTheRule(bytes)
    }
  }

  /// The rule once more, by the parts between the hyphens.
  private func expectAsTheRule(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    var expected = parts.count >= 4 && zip(parts, [2, 32, 16, 2]).allSatisfy { $0.count == $1 }
    for part in parts.prefix(4) { expected = expected && part.allSatisfy { "0123456789abcdef".utf8.contains($0) } }
    for part in parts.dropFirst().prefix(2) { expected = expected && part.contains { $0 != UInt8(ascii: "0") } }
    expected = expected && parts[0] != Array("ff".utf8)[...] && (parts[0] != Array("00".utf8)[...] || parts.count == 4)
    #expect(TraceParent.isValid(bytes.span.bytes) == expected, "\(bytes)")
  }

  private func isValid(_ text: String) -> Bool { TraceParent.isValid(Array(text.utf8).span.bytes) }
}

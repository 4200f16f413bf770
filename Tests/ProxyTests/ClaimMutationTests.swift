import Foundation
import TestSupport
import Testing

@testable import Proxy

/// No payload traps, and what the scanner finds in a payload that Foundation reads too is what Foundation finds.
@Suite struct ClaimMutationTests {
  private static let corpus = [
    #"{"sub":"anna@example.com","iat":1700000000,"roles":["a","b"],"x":{"sub":"inner"}}"#,
    #"{"a":"\u00fc\ud83d\ude00\n\"\\","sub":"\u0041\ud83d\ude00b\/","b":null}"#,
    #" { "sub" : -42 , "a" : [ [ ] , { } , -1.5e+3 , true , false , null ] } "#,
    #"{"a":{"b":{"c":[1,2,{"sub":1}]}},"sub":12345678901,"sub":"twice"}"#,
    #"{"iat":1700000000,"roles":["a","b"],"sub":"anna@example.com","x":{"y":[{},true,""]}}"#,
  ]
  private static let tokens = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\u0000", "-", "0", "1e", ".", "null", "true",
    "\"sub\":", " ", "\n", "\u{0}", "\u{1f}", "ü", "😀",
  ]

  @Test("Mutated payloads never trap, and no claim is read otherwise than Foundation reads it")
  func payloads() {
    var random = SeededGenerator(named: "ClaimMutationTests.payloads")
    var compared = 0
    for round in 0..<40_000 {
      var bytes = Array(Self.corpus[round % Self.corpus.count].utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&bytes, &random) }
      guard let expected = Self.reference(bytes) else {
        _ = Scanned(bytes)
        continue
      }
      compared += 1
      if !Self.agrees(Scanned(bytes), with: expected, in: bytes) {
        Issue.record("\(String(decoding: bytes, as: UTF8.self))")
      }
    }
    #expect(compared > 100)
  }

  @Test("Mutated tokens never trap")
  func tokens() throws {
    var random = SeededGenerator(named: "ClaimMutationTests.tokens")
    var found = 0
    for _ in 0..<5_000 {
      var bytes = Array(bearer(Self.corpus[0]).utf8)
      for _ in 0..<Int.random(in: 1...3, using: &random) { Self.mutate(&bytes, &random) }
      // What is no request any more has no user.
      let key = try? identify([.jwtClaim("sub")], String(decoding: bytes, as: UTF8.self)).key
      if let key { found += 1; #expect((1...256).contains(key.count)) }
    }
    #expect(found > 0)
  }

  /// The claim that Foundation reads, null when there is none; nil when it reads no object.
  private static func reference(_ bytes: [UInt8]) -> Any? {
    guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else { return nil }
    return object["sub"] ?? NSNull()
  }

  private static func agrees(_ scanned: Scanned, with expected: Any, in bytes: [UInt8]) -> Bool {
    if scanned.occurrences == 0 { return !(expected is String) || !isPlain(String(decoding: bytes, as: UTF8.self)) }
    // Which of two Foundation takes is its own affair.
    guard scanned.occurrences == 1, let text = scanned.text else { return true }
    if let string = expected as? String { return text == string }
    guard let number = expected as? NSNumber, let value = Double(text) else { return false }
    return number.doubleValue == value
  }

  /// Whether a text in it must not be missed: named once, without escapes and the commas that only Foundation allows.
  private static func isPlain(_ json: String) -> Bool {
    let dense = json.filter { !$0.isWhitespace }
    return json.split(separator: "\"sub\"", omittingEmptySubsequences: false).count == 2
      && !dense.contains("\\") && !dense.contains(",]") && !dense.contains(",}")
  }

  private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    let place = Int.random(in: 0...bytes.count, using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes.insert(.random(in: 0...255, using: &random), at: place)
    case 1 where place < bytes.count: bytes[place] = .random(in: 0...255, using: &random)
    case 2 where place < bytes.count: bytes.remove(at: place)
    case 3, 4: bytes.insert(contentsOf: (tokens.randomElement(using: &random) ?? "").utf8, at: place)
    default: bytes.removeLast(min(bytes.count - place, 4))
    }
  }
}

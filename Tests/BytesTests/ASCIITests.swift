import Bytes
import Testing

@Suite struct ASCIITests {
  private static let everyByte = UInt8.min ... .max
  private static let digits = Array("0123456789".utf8)
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

  @Test("A token character is one of RFC 9110 5.6.2, and no other byte is")
  func tokens() {
    let tokens = Set(Array("!#$%&'*+-.^_`|~".utf8) + Self.digits + Self.letters)
    #expect(tokens.count == 77)
    #expect(Set(Self.everyByte.filter(ASCII.isToken)) == tokens)
  }

  @Test("Digits are 0 to 9, white space is SP and HTAB")
  func digitsAndWhitespace() {
    #expect(Self.everyByte.filter(ASCII.isDigit) == Self.digits)
    #expect(Self.everyByte.filter(ASCII.isWhitespace) == [0x09, 0x20])
  }

  @Test("The 22 hexadecimal digits have their values, and no other byte has one")
  func hexadecimal() {
    for byte in Self.everyByte {
      let character = Character(Unicode.Scalar(byte))
      let expected = byte < 0x80 ? character.hexDigitValue.map { UInt8($0) } : nil
      #expect(ASCII.hexValue(byte) == expected, "byte \(byte)")
    }
  }

  @Test("Only A to Z become lower case")
  func lowerCase() {
    for byte in Self.everyByte {
      let expected = (0x41...0x5A).contains(byte) ? byte + 32 : byte
      #expect(ASCII.lowercased(byte) == expected, "byte \(byte)")
    }
  }

  @Test("Two bytes are equal but for case when they are the same ASCII letter, and only then")
  func everyPair() {
    for first in Self.everyByte {
      for second in Self.everyByte {
        let folded = isLetter(first) && isLetter(second) && first ^ second == 0x20
        let isEqual = [first].span.bytes.equalsIgnoringCase([second].span.bytes)
        if isEqual != (first == second || folded) { Issue.record("\(first) and \(second)") }
      }
    }
  }

  private func isLetter(_ byte: UInt8) -> Bool { Self.letters.contains(byte) }

  @Test(
    "A span is compared with a text in length, and byte by byte or but for case",
    arguments: [
      ("", "", true, true), ("close", "close", true, true), ("CloSe", "close", false, true),
      ("close", "clos", false, false), ("clos", "close", false, false), ("x", "", false, false),
      ("cl\u{0}se", "close", false, false), ("close\u{0}", "close", false, false), ("[", "{", false, false),
      ("@", "`", false, false),
    ] as [(String, StaticString, Bool, Bool)])
  func texts(text: String, other: StaticString, isSame: Bool, isSameIgnoringCase: Bool) {
    let (bytes, others) = (Array(text.utf8), Array("\(other)".utf8))
    #expect(bytes.span.bytes.equals(other) == isSame)
    #expect(bytes.span.bytes.equals(others.span.bytes) == isSame)
    #expect(bytes.span.bytes.equalsIgnoringCase(other) == isSameIgnoringCase)
    #expect(bytes.span.bytes.equalsIgnoringCase(others.span.bytes) == isSameIgnoringCase)
  }

  @Test("A part of a span is clamped to what is there, for any two bounds")
  func extracting() {
    let bytes = Array("abcdef".utf8)
    let bounds = [Int.min, -1, 0, 1, 3, 5, 6, 7, Int.max]
    for start in bounds {
      for end in bounds {
        let upper = min(max(end, 0), 6)
        let lower = min(max(start, 0), upper)
        #expect(array(bytes.span.bytes.extracting(from: start, to: end)) == Array(bytes[lower..<upper]))
      }
    }
    #expect(string(bytes.span.bytes.extracting(ByteRange(offset: 2, length: 3))) == "cde")
    #expect(bytes.span.bytes.extracting(ByteRange(offset: .max, length: .max)).byteCount == 0)
    #expect([UInt8]().span.bytes.extracting(from: 0, to: 5).byteCount == 0)
  }

  @Test("An index outside a span traps")
  func outside() async {
    await #expect(processExitsWith: .failure) { _ = [UInt8(1)].span.bytes[1] }
    await #expect(processExitsWith: .failure) { _ = [UInt8(1)].span.bytes[-1] }
  }
}

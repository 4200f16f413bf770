import Bytes
import Testing

@Suite struct ByteWriterTests {
  @Test("Everything that is appended stands there in order")
  func order() {
    var writer = ByteWriter(capacity: 64)
    writer.append("Age: ")
    writer.append(decimal: 305)
    writer.append(0x3B)
    writer.append(Array("x=".utf8).span.bytes)
    writer.append(hexadecimal: 0xBEEF)
    #expect(string(writer.bytes) == "Age: 305;x=000000000000beef")
    #expect(writer.count == 27)
    #expect(writer.isOverflown == false)
  }

  @Test("Numbers around every power of ten are written as Swift writes them")
  func decimals() {
    var power: UInt64 = 1
    var numbers: [UInt64] = [0, .max]
    for _ in 0..<19 {
      power *= 10
      numbers += [power - 1, power, power + 1]
    }
    for number in numbers { #expect(written(capacity: 20) { $0.append(decimal: number) } == String(number)) }
  }

  @Test(
    "A hexadecimal number has 16 digits",
    arguments: [
      (0, "0000000000000000"), (.max, "ffffffffffffffff"), (0x0123_4567_89AB_CDEF, "0123456789abcdef"),
      (1 << 63, "8000000000000000"),
    ] as [(UInt64, String)])
  func hexadecimals(number: UInt64, text: String) {
    #expect(written(capacity: 16) { $0.append(hexadecimal: number) } == text)
  }

  @Test("A text or span that does not fit is dropped whole, and the writer says so until it starts over")
  func overflow() {
    for capacity in 0...8 {
      var writer = ByteWriter(capacity: capacity)
      writer.append("1234")
      writer.append(Array("5678".utf8).span.bytes)
      #expect(string(writer.bytes) == (capacity < 4 ? "" : capacity < 8 ? "1234" : "12345678"))
      #expect(writer.isOverflown == (capacity < 8))
      writer.append("")
      #expect(writer.isOverflown == (capacity < 8))
      writer.removeAll()
      #expect(writer.count == 0)
      #expect(writer.isOverflown == false)
      #expect(writer.bytes.byteCount == 0)
    }
  }

  @Test("No byte is written behind the end; a number that does not fit is dropped whole")
  func numbersAtTheEnd() {
    for capacity in 0..<4 {
      var writer = ByteWriter(capacity: capacity)
      writer.append(decimal: 1_234)
      #expect(writer.count == 0)
      #expect(writer.isOverflown == true)
      writer.removeAll()
      for _ in 0..<capacity { writer.append(0x61) }
      #expect(writer.isOverflown == false)
      writer.append(0x62)
      #expect(writer.isOverflown == true)
      #expect(array(writer.bytes) == Array(repeating: 0x61, count: capacity))
      writer.removeAll()
      writer.append(hexadecimal: .max)
      #expect(writer.count == 0)
      #expect(writer.isOverflown == true)
    }
  }

  @Test("A number has as many digits as are asked for", arguments: [(7, 3, "007"), (1_234, 3, "234"), (0, 1, "0")])
  func fixedDigits(number: UInt64, digits: Int, text: String) {
    #expect(written(capacity: digits) { $0.append(decimal: number, digits: digits) } == text)
  }

  private func written(capacity: Int, _ write: (inout ByteWriter) -> Void) -> String {
    var writer = ByteWriter(capacity: capacity)
    write(&writer)
    let isOverflown = writer.isOverflown
    #expect(!isOverflown)
    return string(writer.bytes)
  }
}

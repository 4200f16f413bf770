/// Puts numbers and texts one after another: numbers as LEB128, so that small ones take a byte.
struct VarintWriter {
  private(set) var bytes: [UInt8] = []

  mutating func put(_ number: UInt64) {
    var rest = number
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// A number that is not negative; others are written as 0.
  mutating func put(_ number: Int) { put(UInt64(clamping: number)) }

  mutating func put(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

  mutating func put(byte: UInt8) { bytes.append(byte) }

  /// With its length in front.
  mutating func put(_ text: String) { put(Array(text.utf8)) }

  /// 0, or 1 and the text.
  mutating func put(_ text: String?) {
    put(text != nil)
    if let text { put(text) }
  }

  /// With their length in front.
  mutating func put(_ other: [UInt8]) {
    put(other.count)
    bytes += other
  }

  /// As they are.
  mutating func append(_ other: [UInt8]) { bytes += other }
}

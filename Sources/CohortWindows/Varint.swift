/// Invalid bytes.
package enum CodecError: Error, Equatable {
  case cutShort
  case outOfRange
  /// Written by another version of Turnout, or not a window.
  case unknownVersion
}

/// Reads what `VarintWriter` wrote. The bytes may be anything: no call traps or needs more memory than they do.
struct VarintReader {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var isAtEnd: Bool { offset >= bytes.count }
  /// The unread bytes.
  var rest: [UInt8] { Array(bytes[offset...]) }
  private var left: Int { bytes.count - offset }

  mutating func byte() throws(CodecError) -> UInt8 {
    guard offset < bytes.count else { throw .cutShort }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func number() throws(CodecError) -> UInt64 {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      let part = UInt64(byte & 0x7F)
      guard shift < 63 || part <= 1 else { throw .outOfRange }
      number |= part << shift
      guard byte & 0x80 != 0 else { return number }
      shift += 7
      guard shift <= 63 else { throw .outOfRange }
    }
  }

  mutating func number(atMost limit: Int) throws(CodecError) -> Int {
    let number = try number()
    guard number <= UInt64(limit) else { throw .outOfRange }
    return Int(number)
  }

  mutating func flag() throws(CodecError) -> Bool {
    switch try byte() {
    case 0: return false
    case 1: return true
    default: throw .outOfRange
    }
  }

  mutating func text(atMost limit: Int) throws(CodecError) -> String {
    String(decoding: try block(atMost: limit), as: UTF8.self)
  }

  mutating func optionalText(atMost limit: Int) throws(CodecError) -> String? {
    try flag() ? try text(atMost: limit) : nil
  }

  mutating func block(atMost limit: Int) throws(CodecError) -> [UInt8] {
    let count = try number(atMost: limit)
    guard count <= left else { throw .cutShort }
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }
}

/// Writes numbers and texts one after another; numbers as LEB128, so that small ones take one byte.
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

  /// Writes negative numbers as 0.
  mutating func put(_ number: Int) { put(UInt64(clamping: number)) }

  mutating func put(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

  mutating func put(byte: UInt8) { bytes.append(byte) }

  /// Prefixed with its length.
  mutating func put(_ text: String) { put(Array(text.utf8)) }

  /// Writes 0, or 1 and the text.
  mutating func put(_ text: String?) {
    put(text != nil)
    if let text { put(text) }
  }

  /// Prefixed with their length.
  mutating func put(_ other: [UInt8]) {
    put(other.count)
    bytes += other
  }

  /// Without a length.
  mutating func append(_ other: [UInt8]) { bytes += other }
}

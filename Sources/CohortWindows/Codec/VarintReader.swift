/// Bytes that are not what they should be.
package enum CodecFault: Error, Equatable {
  case cutShort
  case outOfRange
  /// Written by another version of Turnout, or no window at all.
  case unknownVersion
}

/// Reads what `VarintWriter` wrote. The bytes may be anything: no call traps or takes more memory than the bytes do.
struct VarintReader {
  private let bytes: [UInt8]
  private var place: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    place = 0
  }

  var isAtEnd: Bool { place >= bytes.count }
  /// What was not read yet.
  var rest: [UInt8] { Array(bytes[place...]) }
  private var left: Int { bytes.count - place }

  mutating func byte() throws(CodecFault) -> UInt8 {
    guard place < bytes.count else { throw .cutShort }
    defer { place += 1 }
    return bytes[place]
  }

  mutating func number() throws(CodecFault) -> UInt64 {
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

  /// A number of at most `limit`.
  mutating func number(atMost limit: Int) throws(CodecFault) -> Int {
    let number = try number()
    guard number <= UInt64(limit) else { throw .outOfRange }
    return Int(number)
  }

  mutating func flag() throws(CodecFault) -> Bool {
    switch try byte() {
    case 0: return false
    case 1: return true
    default: throw .outOfRange
    }
  }

  mutating func text(atMost limit: Int) throws(CodecFault) -> String {
    String(decoding: try block(atMost: limit), as: UTF8.self)
  }

  mutating func optionalText(atMost limit: Int) throws(CodecFault) -> String? {
    try flag() ? try text(atMost: limit) : nil
  }

  mutating func block(atMost limit: Int) throws(CodecFault) -> [UInt8] {
    let count = try number(atMost: limit)
    guard count <= left else { throw .cutShort }
    defer { place += count }
    return Array(bytes[place..<place + count])
  }
}

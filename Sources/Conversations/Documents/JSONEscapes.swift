internal import Bytes

/// The content of JSON texts as bytes, without `String`: a million contexts with PHP's `\/` and `\u00e9` are read this way.
enum JSONEscapes {
  /// - Parameter content: valid, without the quotes. A lone surrogate, which UTF-8 cannot represent, stays an escape.
  static func decoded(_ content: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    append(content, to: &bytes, requoted: false)
    return bytes
  }

  /// - Parameter requoted: whether quotes, backslashes and control characters are written as escapes again, each in one way
  ///   alone, so that equal texts have equal bytes.
  static func append(_ content: ArraySlice<UInt8>, to bytes: inout [UInt8], requoted: Bool) {
    guard var escape = content.firstIndex(of: UInt8(ascii: "\\")) else {
      bytes += content
      return
    }
    var index = content.startIndex
    while true {
      bytes += content[index..<escape]
      index = escape + 1
      let kind = content[index]
      index += 1
      switch kind {
      case UInt8(ascii: "u"):
        var unit = hexadecimal(content, at: index)
        index += 4
        // A pair of surrogates (RFC 8259, section 7).
        if unit & 0xFC00 == 0xD800, index + 5 < content.endIndex, content[index] == UInt8(ascii: "\\"),
          content[index + 1] == UInt8(ascii: "u")
        {
          let low = hexadecimal(content, at: index + 2)
          if low & 0xFC00 == 0xDC00 {
            unit = 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF
            index += 6
          }
        }
        append(unit, to: &bytes, requoted)
      case UInt8(ascii: "b"): append(0x08, to: &bytes, requoted)
      case UInt8(ascii: "f"): append(0x0C, to: &bytes, requoted)
      case UInt8(ascii: "n"): append(0x0A, to: &bytes, requoted)
      case UInt8(ascii: "r"): append(0x0D, to: &bytes, requoted)
      case UInt8(ascii: "t"): append(0x09, to: &bytes, requoted)
      default: append(UInt32(kind), to: &bytes, requoted)
      }
      guard let next = content[index...].firstIndex(of: UInt8(ascii: "\\")) else {
        bytes += content[index...]
        return
      }
      escape = next
    }
  }

  private static func append(_ scalar: UInt32, to bytes: inout [UInt8], _ requoted: Bool) {
    guard let scalar = Unicode.Scalar(scalar) else {
      bytes += "\\u\(String(scalar, radix: 16))".utf8
      return
    }
    switch scalar {
    case "\"" where requoted, "\\" where requoted:
      bytes += [UInt8(ascii: "\\"), UInt8(truncatingIfNeeded: scalar.value)]
    case "\0"..<" " where requoted:
      bytes += "\\u00\(scalar.value < 16 ? "0" : "")\(String(scalar.value, radix: 16))".utf8
    default:
      if let units = UTF8.encode(scalar) { bytes += units }
    }
  }

  private static func hexadecimal(_ content: ArraySlice<UInt8>, at index: Int) -> UInt32 {
    content[index..<index + 4].reduce(0) { $0 << 4 | UInt32(ASCII.hexValue($1) ?? 0) }
  }
}

/// A path with placeholders, each for one whole segment: "/api/v1/flags/{key}".
struct PathTemplate: Sendable, Equatable {
  let text: String
  private let segments: [Substring]

  init(_ text: String) {
    self.text = text
    segments = text.split(separator: "/", omittingEmptySubsequences: false)
  }

  /// What stands for the placeholders, decoded; nil when the path is another one.
  func match(_ path: String) -> [String]? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == segments.count else { return nil }
    var values: [String] = []
    for (segment, part) in zip(segments, parts) {
      if segment.hasPrefix("{") {
        guard let value = PercentEncoding.decode(part), !value.isEmpty else { return nil }
        values.append(value)
      } else if segment != part {
        return nil
      }
    }
    return values
  }
}

/// RFC 3986 2.1.
enum PercentEncoding {
  /// Nil for a "%" without two hexadecimal digits and for what is no UTF-8 then.
  static func decode(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

internal import Bytes
import FoundationEssentials

/// Values as JSON on one line, members sorted by name.
enum JSONLine {
  static func text(of value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // What is encoded here is made of strings, whole numbers and finite decimals; nothing of that can fail.
    guard let data = try? encoder.encode(value) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
  }

  /// Eight hexadecimal digits: enough to notice a torn or edited text.
  static func checksum(_ bytes: [UInt8]) -> String {
    let digits = String(unsafe Murmur3().hash(bytes.span.bytes), radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

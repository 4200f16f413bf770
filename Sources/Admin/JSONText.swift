internal import FoundationEssentials

/// JSON as it is answered: members sorted by name, so that two answers can be compared, and a line end for terminals.
enum JSONText {
  /// A text as JSON, with its quotes.
  static func quoted(_ text: String) -> String { String(decoding: of(text).dropLast(), as: UTF8.self) }

  static func of(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // What is encoded here is made of strings, whole numbers and finite decimals; nothing of that can fail.
    guard let data = try? encoder.encode(value) else { return Array("{\"error\":\"not encodable\"}\n".utf8) }
    return Array(data) + Array("\n".utf8)
  }
}

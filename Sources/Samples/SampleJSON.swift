internal import FoundationEssentials

/// JSON on one line, members sorted by name.
enum SampleJSON {
  static func of(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Strings and whole numbers always have a form in JSON.
    guard let data = try? encoder.encode(value) else { return Array("{}\n".utf8) }
    return Array(data) + Array("\n".utf8)
  }
}

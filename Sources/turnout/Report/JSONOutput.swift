import FoundationEssentials

/// JSON on standard output: two spaces, keys in order of the alphabet, a line feed at the end.
enum JSONOutput {
  static func print(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    Console.write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
  }
}

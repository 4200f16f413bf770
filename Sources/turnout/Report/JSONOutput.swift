import FoundationEssentials
import Synchronization

/// JSON on standard output: two spaces, keys in order of the alphabet, a line feed at the end.
enum JSONOutput {
  private static let printed = Atomic(false)

  /// Whether this command has printed its document.
  static var wasPrinted: Bool { printed.load(ordering: .relaxed) }

  static func print(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    Console.write(String(decoding: try encoder.encode(value), as: UTF8.self) + "\n")
    printed.store(true, ordering: .relaxed)
  }

  /// On one line, without its end.
  static func line(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}

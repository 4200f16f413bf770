import ArgumentParser
import FoundationEssentials
import Synchronization

/// How the result is printed.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON, for programs.")
  var json = false
}

/// What a command with `--json` prints where it fails before it has a document of its own: `{"error": "..."}`.
struct ErrorDocument: Encodable {
  let error: String

  /// The message of the failure that ends this command.
  private static let last = Mutex<String?>(nil)

  static func keep(_ message: String) { last.withLock { $0 = message } }

  fileprivate static var kept: ErrorDocument? { last.withLock { $0.map(ErrorDocument.init) } }
}

extension OutputOptions {
  /// Runs a command so that a program which reads its standard output finds JSON there, however it ends.
  func explained(_ command: () throws -> Void) throws {
    do { try command() } catch {
      if json, !JSONOutput.wasPrinted, let document = ErrorDocument.kept { try JSONOutput.print(document) }
      throw error
    }
  }
}

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

import ArgumentParser
import JSON
import Synchronization

/// How the result is printed.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON, for programs.")
  var json = false

  /// Runs a command so that a program that reads its standard output finds JSON there, even when the command fails before
  /// it has a document of its own.
  func explainingFailures(_ command: () throws -> Void) throws {
    do { try command() } catch {
      if json, !JSONOutput.wasPrinted, let document = FailureDocument.recorded { try JSONOutput.print(document) }
      throw error
    }
  }

  /// Prints the document or the text.
  func print(_ document: some Encodable, else text: @autoclosure () -> String) throws {
    if json { try JSONOutput.print(document) } else { Console.write(text()) }
  }
}

/// What a command with `--json` prints when it fails early: `{"error": "..."}`.
struct FailureDocument: Encodable {
  let error: String

  /// The message of the failure that ends this command.
  private static let last = Mutex<String?>(nil)

  static func record(_ message: String) { last.withLock { $0 = message } }

  static var recorded: FailureDocument? { last.withLock { $0.map(FailureDocument.init) } }
}

/// JSON on standard output: two spaces, keys sorted, a line feed at the end.
enum JSONOutput {
  private static let printed = Atomic(false)

  /// Whether this command has printed its document.
  static var wasPrinted: Bool { printed.load(ordering: .relaxed) }

  static func print(_ value: some Encodable) throws {
    print(text: try JSONText.indented(value))
  }

  /// A document as the proxy sent it.
  static func print(text: String) {
    Console.write(text.hasSuffix("\n") ? text : text + "\n")
    printed.store(true, ordering: .relaxed)
  }

  /// On one line, without a line feed.
  static func line(_ value: some Encodable) -> String { JSONText.line(value) }
}

import ArgumentParser
import Synchronization

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

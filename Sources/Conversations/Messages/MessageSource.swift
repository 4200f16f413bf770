/// Where the application keeps what was said: a table (`MessageTable`) or a file of lines (`MessageFile`). From there the
/// migration takes the history of a conversation.
package protocol MessageSource: Sendable {
  /// For people: the address without its password, or the path.
  var place: String { get }

  /// What of it cannot be read.
  var broken: BrokenLines { get }

  /// The last `count` messages of each owner, in the order of `owners`, the oldest first; none for an owner of whom the
  /// source has nothing. The owners are different ones. For some hundred at once: they are read together.
  func last(_ count: Int, of owners: [ContextOwner]) throws(MessageSourceError) -> [[Message]]
}

/// Why messages could not be read or written.
package enum MessageSourceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// From the database, in its words and with what to do.
  case database(String)
  /// The query gave something else than was expected of it.
  case rows(String)
  /// A system call, in its words.
  case file(String)
  /// The file is no longer the one whose lines were found.
  case changed(String)

  package var description: String {
    switch self {
    case .database(let text), .file(let text): text
    case .rows(let text): "the query for messages gave \(text). See --messages-query in docs/cli.md"
    case .changed(let path): "\(path) was replaced or shortened while it was read. Run the command again"
    }
  }
}

/// Where the application stores messages: a table (`MessageTable`) or a file (`MessageFile`). The migration takes the
/// history of a conversation from it.
package protocol MessageSource: Sendable {
  /// The address without its password, or the path, for people.
  var place: String { get }

  /// Lines that were skipped.
  var invalidLines: InvalidLines { get }

  /// The last `count` messages of each owner, in the order of `owners`, oldest first; empty for an unknown owner. The owners
  /// are distinct. Pass some hundred at once: they are read together.
  func last(_ count: Int, of owners: [ContextOwner]) throws(MessageSourceError) -> [[Message]]
}

/// Why messages could not be read or written.
package enum MessageSourceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// An error of the database, with advice.
  case database(String)
  /// The database cannot run the query: its name, and why.
  case query(String?, String)
  /// The query returned unexpected columns or values.
  case rows(query: String, String)
  /// A system call failed.
  case file(String)
  /// The file has changed since it was indexed.
  case changed(String)

  package var description: String {
    switch self {
    case .database(let text), .file(let text): text
    case .query(let query, let text): (query.map { $0 + ": " } ?? "") + text
    case .rows(let query, let text): "\(query) returned \(text)"
    case .changed(let path): "\(path) was replaced or shortened while it was read. Run the command again"
    }
  }
}

/// The lines of a file that are not messages: their number, and the first of them.
package struct InvalidLines: Sendable, Equatable {
  package struct Line: Sendable, Equatable {
    /// From 1.
    package var number: Int
    package var reason: String
  }

  package private(set) var count = 0
  package private(set) var first: [Line] = []

  /// How many are in `first` at most.
  package static let listed = 100

  package init() {}

  mutating func add(_ number: Int, _ reason: String) {
    count += 1
    if first.count < Self.listed { first.append(Line(number: number, reason: reason)) }
  }
}

internal import Bytes
internal import MySQL

/// A query with placeholders in braces, without quotes around them: `WHERE user_id = {user}`. Values never become SQL.
///
/// It is about one subject, a user or a conversation, or about a whole batch of them:
///
///     {user}  {conversation}              one: several hundred statements in one round trip
///     {users}  {conversations}            a batch: all of them, separated by commas, for `IN ({users})`
///     {user_bytes}  {users_bytes}  ...    the same as 16 bytes, for a column BINARY(16); NULL for what is not a UUID
///     {channel}  {count}                  the role, client or admin; how many rows are wanted of each
package struct SQLTemplate: Sendable, Equatable {
  package enum ParseError: Error, Equatable, CustomStringConvertible {
    /// Without a subject.
    case noUser(advice: String)
    case both(String, String)
    case unknown(String, known: [String])
    /// The placeholder stands in quotes.
    case quoted(String)

    package var description: String {
      switch self {
      case .noUser(let advice): "it names no user. Write \(advice)"
      case .both(let one, let other): "it has both {\(one)} and {\(other)}. Keep one of them"
      case .unknown(let name, let known):
        "{\(name)} is unknown. Known are "
          + known.dropLast().map { "{\($0)}" }.joined(separator: ", ") + " and {\(known.last ?? "")}"
      case .quoted(let name): "{\(name)} stands in quotes. Remove them: Turnout quotes the value"
      }
    }
  }

  /// What the query is about.
  struct Subject: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable { case user, conversation }
    var kind: Kind
    /// One statement covers a whole batch.
    var isBatch: Bool
    var isBytes: Bool

    static func all(_ kinds: [Kind]) -> [Subject] {
      kinds.flatMap { kind in
        [(false, false), (true, false), (false, true), (true, true)].map {
          Subject(kind: kind, isBatch: $0.0, isBytes: $0.1)
        }
      }
    }

    var name: String { kind.rawValue + (isBatch ? "s" : "") + (isBytes ? "_bytes" : "") }
  }

  private enum Piece: Sendable, Equatable {
    case sql(String)
    case subject, channel, count
  }

  /// As it was written.
  var sql: String {
    pieces.map { piece in
      switch piece {
      case .sql(let sql): sql
      case .subject: "{\(subject.name)}"
      case .channel: "{channel}"
      case .count: "{count}"
      }
    }.joined()
  }

  let subject: Subject
  private let pieces: [Piece]

  /// - Parameters:
  ///   - kinds: what it may be about.
  ///   - others: which of `channel` and `count` it may have.
  ///   - advice: what to write where it has no subject.
  init(_ text: String, about kinds: [Subject.Kind], others: [String], advice: String) throws(ParseError) {
    // Strip trailing semicolons: the connection would take an empty second statement for the next subject's.
    var rest = Substring(text)
    while let last = rest.last, last == ";" || last.isWhitespace { rest.removeLast() }
    let subjects = Subject.all(kinds)
    var pieces: [Piece] = []
    var found: Subject?
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let (before, name) = (rest[..<open], String(rest[rest.index(after: open)..<close]))
      rest = rest[rest.index(after: close)...]
      pieces.append(.sql(String(before)))
      if let subject = subjects.first(where: { $0.name == name }) {
        if let found, found != subject { throw .both(found.name, name) }
        found = subject
        pieces.append(.subject)
      } else if others.contains(name) {
        pieces.append(name == "channel" ? .channel : .count)
      } else {
        throw .unknown(name, known: subjects.map(\.name) + others)
      }
      if let quote = before.last, "'\"`".contains(quote), rest.first == quote { throw .quoted(name) }
    }
    guard let found else { throw .noUser(advice: advice) }
    subject = found
    self.pieces = pieces + [.sql(String(rest))]
  }

  /// - Parameter subjects: users or ids, as keys have them; one, unless the query is about a batch.
  func statement(for subjects: some Collection<[UInt8]>, role: ContextRole, count: Int) -> MySQLQuery {
    var query = MySQLQuery()
    for piece in pieces {
      switch piece {
      case .sql(let sql): query.append(sql: sql)
      case .channel: query.append(.text(role.rawValue))
      case .count: query.append(.integer(count))
      case .subject:
        for (index, subject) in subjects.enumerated() {
          if index > 0 { query.append(sql: ",") }
          query.append(value(of: subject))
        }
      }
    }
    return query
  }

  private func value(of text: [UInt8]) -> MySQLValue {
    if subject.isBytes { return Self.uuidBytes(text).map { .bytes($0) } ?? .null }
    // What is not UTF-8 is compared byte by byte.
    return String(validating: text, as: UTF8.self).map { .text($0) } ?? .bytes(text)
  }

  /// The 16 bytes of 32 hexadecimal digits, hyphens left out; nil for any other text.
  static func uuidBytes(_ text: [UInt8]) -> [UInt8]? {
    guard text.count == 36 || text.count == 32 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    var high: UInt8?
    for byte in text where byte != ASCII.hyphen {
      guard let digit = ASCII.hexValue(byte) else { return nil }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return bytes.count == 16 && high == nil ? bytes : nil
  }
}

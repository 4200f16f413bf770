/// A pattern of keys: text with `{user}`, and for a conversation `{id}` and `{part}`.
///
///     shop:conversation:client:{user}:{id}:{part}
///
/// A key is matched from both ends: fixed text, `{id}` (a UUID) and `{part}` (`history`, `state` or `meta`) match exactly, and
/// `{user}` takes what is left, so that user names may contain colons.
package struct KeyPattern: Sendable, Hashable {
  package enum Piece: Sendable, Hashable {
    case text(String)
    case user, id, part
  }

  package let pieces: [Piece]

  package enum ParseError: Error, Equatable, CustomStringConvertible {
    case noUser, repeated(String), unknown(String), adjacent

    package var description: String {
      switch self {
      case .noUser: "names no {user}. Write the part of the key that names the user as {user}"
      case .repeated(let name): "has {\(name)} twice; keep one of them"
      case .unknown(let name): "has {\(name)}, which is unknown. Known are {user}, {id} and {part}"
      case .adjacent: "has two placeholders with nothing between them, so no key could be read back"
      }
    }
  }

  /// - Parameter prefix: text in front of every key, as ORMs put there.
  package init(_ text: String, prefix: String = "") throws(ParseError) {
    var pieces: [Piece] = []
    var rest = Substring(text)
    var fixed = prefix
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      fixed += rest[..<open]
      let name = String(rest[rest.index(after: open)..<close])
      let placeholder: Piece
      switch name {
      case "user": placeholder = .user
      case "id": placeholder = .id
      case "part": placeholder = .part
      default: throw .unknown(name)
      }
      if pieces.contains(placeholder) { throw .repeated(name) }
      if !fixed.isEmpty { pieces.append(.text(fixed)) } else if !pieces.isEmpty { throw .adjacent }
      fixed = ""
      pieces.append(placeholder)
      rest = rest[rest.index(after: close)...]
    }
    fixed += rest
    if !fixed.isEmpty { pieces.append(.text(fixed)) }
    guard pieces.contains(.user) else { throw .noUser }
    self.pieces = pieces
  }

  /// What a key names.
  package struct Match: Sendable, Equatable {
    package var user: [UInt8]
    package var id: ConversationID?
    package var part: ConversationPart?
  }

  /// Nil for a key of another pattern, or with an empty user.
  package func match(_ key: [UInt8]) -> Match? {
    var match = Match(user: [])
    var (start, end) = (0, key.count)
    guard let split = pieces.firstIndex(of: .user) else { return nil }
    for piece in pieces[..<split] {
      guard let length = Self.take(piece, key[start..<end], fromEnd: false, &match) else { return nil }
      start += length
    }
    for piece in pieces[(split + 1)...].reversed() {
      guard let length = Self.take(piece, key[start..<end], fromEnd: true, &match) else { return nil }
      end -= length
    }
    guard start < end else { return nil }
    match.user = Array(key[start..<end])
    return match
  }

  /// How many bytes the piece takes at one end of `rest`.
  private static func take(_ piece: Piece, _ rest: ArraySlice<UInt8>, fromEnd: Bool, _ match: inout Match) -> Int? {
    func matches(_ text: String) -> Bool {
      let length = text.utf8.count
      return rest.count >= length && (fromEnd ? rest.suffix(length) : rest.prefix(length)).elementsEqual(text.utf8)
    }
    switch piece {
    case .user: return nil
    case .text(let text): return matches(text) ? text.utf8.count : nil
    case .id:
      guard let id = ConversationID(String(decoding: fromEnd ? rest.suffix(36) : rest.prefix(36), as: UTF8.self)) else {
        return nil
      }
      match.id = id
      return 36
    case .part:
      guard let part = ConversationPart.allCases.first(where: { matches($0.rawValue) }) else { return nil }
      match.part = part
      return part.rawValue.utf8.count
    }
  }

  /// The key of a user; of a conversation too, where the pattern says so.
  package func key(
    _ user: some Sequence<UInt8>, id: ConversationID? = nil, part: ConversationPart? = nil
  ) -> [UInt8] {
    var key: [UInt8] = []
    for piece in pieces {
      switch piece {
      case .text(let text): key += text.utf8
      case .user: key += user
      case .id: key += (id?.text ?? "").utf8
      case .part: key += (part?.rawValue ?? "").utf8
      }
    }
    return key
  }

  /// For SCAN ... MATCH: characters that Redis reads as patterns are escaped.
  ///
  /// - Parameters:
  ///   - user: the keys of the users that this pattern of Redis matches.
  ///   - part: the keys of this part alone.
  package func glob(user: String = "*", part: ConversationPart? = nil) -> String {
    pieces.map { Self.fixed($0, part) ?? ($0 == .user ? user : "*") }.joined()
  }

  /// The text in a pattern of Redis, which matches it alone (https://redis.io/docs/latest/commands/keys/).
  package static func escaped(_ text: String) -> String {
    text.map { "*?[]\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
  }

  /// As `glob`, with one `*` from the first placeholder to the last, so that it matches other keys, too: Redis tries several
  /// `*` in every combination, which takes it longer than the keys that are found in vain.
  package func wideGlob(part: ConversationPart? = nil) -> String {
    let fixed = pieces.map { Self.fixed($0, part) }
    return stem + "*" + fixed.reversed().prefix { $0 != nil }.reversed().compactMap(\.self).joined()
  }

  /// What every key begins with, for SCAN ... MATCH.
  package var stem: String { pieces.map { Self.fixed($0, nil) }.prefix { $0 != nil }.compactMap(\.self).joined() }

  private static func fixed(_ piece: Piece, _ part: ConversationPart?) -> String? {
    switch piece {
    case .text(let text): escaped(text)
    case .part: part?.rawValue
    case .user, .id: nil
    }
  }

  /// Whether a match has all that the pattern names.
  package func isWhole(_ match: Match?) -> Bool {
    guard let match else { return false }
    return (match.id != nil || !pieces.contains(.id)) && (match.part != nil || !pieces.contains(.part))
  }

  /// As it is written in a layout, with the prefix.
  package var text: String {
    pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .user: "{user}"
      case .id: "{id}"
      case .part: "{part}"
      }
    }.joined()
  }
}

internal import Bytes
internal import YAML

/// How the values of a layout file are written.
extension Scalar where Value == String {
  static var layoutName: Scalar {
    Scalar("a name of 1 to 64 letters, digits and - _ .") { name in
      (1...64).contains(name.utf8.count)
        && name.utf8.allSatisfy { ASCII.isDigit($0) || ASCII.lowercased($0) &- 0x61 < 26 || "-_.".utf8.contains($0) }
        ? name : nil
    }
  }

  static var layoutKeyPrefix: Scalar {
    Scalar("\"\" or the text in front of every key, at most \(LayoutLimits.patternBytes) bytes, without {") { prefix in
      prefix.utf8.count <= LayoutLimits.patternBytes && !prefix.contains("{") ? prefix : nil
    }
  }

  /// A member at the top of a value, or of an element.
  static var memberName: Scalar {
    Scalar("the name of a member, such as flow", hint: MemberPath.whyNone) { text in
      MemberPath(parsing: text).flatMap { $0.names.count == 1 ? $0.names[0] : nil }
    }
  }

  static var shortText: Scalar {
    Scalar("a text of at most \(LayoutLimits.patternBytes) bytes") {
      $0.utf8.count <= LayoutLimits.patternBytes ? $0 : nil
    }
  }
}

extension Scalar {
  /// The SQL of a query.
  static func query(_ parse: @escaping @Sendable (String) throws(SQLTemplate.ParseError) -> Value) -> Scalar {
    let limit = LayoutLimits.queryBytes
    return Scalar("one SELECT of at most \(limit) bytes", hint: { error(parse, $0) }) { sql in
      sql.utf8.count <= limit ? try? parse(sql) : nil
    }
  }

  private static func error(_ parse: (String) throws(SQLTemplate.ParseError) -> Value, _ sql: String) -> String? {
    do throws(SQLTemplate.ParseError) { _ = try parse(sql) } catch { return error.description }
    return nil
  }
}

extension Scalar where Value == KeyPattern {
  /// A key with exactly these placeholders.
  static func key(_ placeholders: [KeyPattern.Piece], prefix: String) -> Scalar {
    @Sendable func parse(_ text: String) -> (pattern: KeyPattern?, why: String?) {
      guard text.utf8.count <= LayoutLimits.patternBytes else { return (nil, nil) }
      let pattern: KeyPattern
      do throws(KeyPattern.ParseError) { pattern = try KeyPattern(text, prefix: prefix) } catch {
        return (nil, "it \(error)")
      }
      for placeholder in placeholders where !pattern.pieces.contains(placeholder) {
        return (nil, "\(placeholder.text) is missing, so that two keys would be one")
      }
      for case let piece in pattern.pieces where !placeholders.contains(piece) {
        if case .text = piece { continue }
        return (nil, "\(piece.text) has no place in this key")
      }
      return (pattern, nil)
    }
    let names = Found.list(placeholders.map(\.text)).replacing(" or ", with: " and ")
    return Scalar(
      "a key of at most \(LayoutLimits.patternBytes) bytes with \(names)", hint: { parse($0).why },
      parse: { parse($0).pattern })
  }
}

extension KeyPattern.Piece {
  /// As it is written in a pattern.
  var text: String {
    switch self {
    case .text(let text): text
    case .user: "{user}"
    case .id: "{id}"
    case .part: "{part}"
    }
  }
}

extension Scalar {
  /// Nil for `none`.
  static func orNone<Some>(_ some: Scalar<Some>) -> Scalar where Value == Some? {
    Scalar(
      "none or \(some.expected)", hint: some.hint,
      parse: { $0 == "none" ? .some(nil) : some.parse($0).map { .some($0) } })
  }
}

extension Scalar where Value == ValueForm {
  static func form(_ forms: [ValueForm]) -> Scalar {
    Scalar(Found.list(forms.map(\.rawValue))) { text in forms.first { $0.rawValue == text } }
  }
}

extension MemberPath {
  /// `activeEntities.product`; nil for anything that no member would be called.
  init?(parsing text: String) {
    let names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard (1...LayoutLimits.pathNames).contains(names.count) else { return nil }
    for name in names {
      guard (1...LayoutLimits.nameBytes).contains(name.utf8.count),
        name.unicodeScalars.allSatisfy({
          $0.properties.isAlphabetic || $0.properties.numericType != nil || Self.isMark($0)
        })
      else { return nil }
    }
    self.init(names)
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool { "_-$@:".unicodeScalars.contains(scalar) }

  /// A hint for a text that is more than a name.
  @Sendable static func whyNone(_ text: String) -> String? {
    text.contains(where: { "()+*/%|?[]{}=<>!&\"' ,;".contains($0) }) ? LayoutRefusal.isTable : nil
  }
}

extension UnifiedMember {
  /// `state.flow`; `state` alone is the whole part. Nil for the members of another part.
  init?(parsing text: String) {
    guard let path = MemberPath(parsing: text), let part = ConversationPart(rawValue: path.names[0]), part != .history
    else { return nil }
    self.init(part: part, path: MemberPath(Array(path.names.dropFirst())))
  }

  /// As it is written in a layout.
  package var text: String { ([part.rawValue] + path.names).joined(separator: ".") }
}

extension Scalar where Value == MemberPath {
  static var memberPath: Scalar {
    Scalar(
      "the name of a member, such as flow, or the way to it, such as activeEntities.product", hint: MemberPath.whyNone,
      parse: { MemberPath(parsing: $0) })
  }
}

extension Scalar where Value == UnifiedMember {
  static var unifiedMember: Scalar {
    Scalar("state.MEMBER or meta.MEMBER", hint: why, parse: { UnifiedMember(parsing: $0) })
  }

  @Sendable private static func why(_ text: String) -> String? {
    text == "history" || text.hasPrefix("history.")
      ? "the history is made of the messages: see the query messages, and legacy.messages" : MemberPath.whyNone(text)
  }
}

extension Scalar where Value == MemberRow.Take {
  static var take: Scalar {
    let range = LayoutLimits.elements
    return Scalar(
      "first N or last N elements (N from \(range.lowerBound) to \(range.upperBound)), or last: the last one itself"
    ) { text in
      if text == "last" { return .lastElement }
      let words = text.split(separator: " ", omittingEmptySubsequences: false)
      guard words.count == 2, let count = Decimal.parse(words[1]).flatMap({ Int(exactly: $0) }), range.contains(count)
      else { return nil }
      switch words[0] {
      case "first": return .first(count)
      case "last": return .last(count)
      default: return nil
      }
    }
  }
}

/// Why a layout says less than a program.
enum LayoutRefusal {
  static let isTable =
    "a layout is a table: each row names one member of each side and reads the same in both directions, so it has no "
    + "expressions and no scripts"

  /// What people write for a script.
  static let scripts: Set = [
    "script", "expression", "expr", "code", "function", "transform", "convert", "eval", "lua", "jq", "php", "template",
    "if", "else", "map", "filter", "format", "join", "split", "concat",
  ]
}

extension Scalar where Value == [UInt8] {
  static var template: Scalar {
    Scalar("a JSON object of at most \(LayoutLimits.templateBytes) bytes", hint: why) { text in
      let bytes = Array(text.utf8)
      return bytes.count <= LayoutLimits.templateBytes && (try? JSONObject(bytes)) != nil ? bytes : nil
    }
  }

  @Sendable private static func why(_ text: String) -> String? {
    do throws(JSONSyntaxError) { _ = try JSONObject(Array(text.utf8)) } catch {
      return "at byte \(error.offset), expected \(error.expected)"
    }
    return nil
  }
}

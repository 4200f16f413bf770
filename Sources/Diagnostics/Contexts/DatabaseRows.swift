package import Conversations
internal import Reactor

/// The rows that the application's database keeps of the test users. Turnout never writes there: it lists the SQL that removes
/// them, made from the queries of the layout and the ids that responses named.
package enum DatabaseRows {
  /// The statements for these conversations, the messages first; empty where the layout does not say where rows are.
  package static func removal(of ids: [ConversationID], _ layout: RoleLayout) -> [String] {
    guard !ids.isEmpty, let rows = layout.conversations?.sql else { return [] }
    var statements: [String] = []
    var isBinary = rows.contains("_bytes}") || rows.uppercased().contains("UNHEX(")
    if let messages = layout.messages?.sql, let table = table(of: messages), let condition = condition(in: messages) {
      isBinary = condition.contains("_bytes}") || condition.uppercased().contains("UNHEX(")
      statements.append("DELETE FROM \(table) WHERE \(filled(condition, ids));")
    }
    if let table = table(of: rows), let column = column(of: rows) {
      let values = ids.map { isBinary ? bytes($0) : "'\($0.text)'" }
      statements.append("DELETE FROM \(table) WHERE \(column) IN (\(values.joined(separator: ", ")));")
    }
    return statements
  }

  private static func bytes(_ id: ConversationID) -> String { "UNHEX(REPLACE('\(id.text)', '-', ''))" }

  /// The condition once for each id, or once with a list.
  private static func filled(_ condition: String, _ ids: [ConversationID]) -> String {
    let (texts, bytes) = (ids.map { "'\($0.text)'" }, ids.map(bytes))
    guard !condition.contains("{conversations") else {
      return condition.replacing("{conversations}", with: texts.joined(separator: ", "))
        .replacing("{conversations_bytes}", with: bytes.joined(separator: ", "))
    }
    return zip(texts, bytes).map { text, bytes in
      condition.replacing("{conversation}", with: text).replacing("{conversation_bytes}", with: bytes)
    }.joined(separator: " OR ")
  }

  /// The word after the last FROM, if it is a plain name: the innermost query names the table.
  private static func table(of sql: String) -> String? {
    let words = sql.split(whereSeparator: \.isWhitespace)
    guard let index = words.lastIndex(where: { $0.uppercased() == "FROM" }), index + 1 < words.count else { return nil }
    return isName(words[index + 1]) ? String(words[index + 1]) : nil
  }

  /// The column with the id, if it is a plain name: the first, or in a query for a batch of users the second.
  private static func column(of sql: String) -> String? {
    let words = sql.split(whereSeparator: \.isWhitespace)
    guard words.first?.uppercased() == "SELECT",
      let end = words.firstIndex(where: { $0.uppercased() == "FROM" })
    else { return nil }
    let columns = words[1..<end].joined(separator: " ").split(separator: ",")
    let index = sql.contains("{users") ? 1 : 0
    guard index < columns.count else { return nil }
    let name = columns[index].split(separator: " ")
    return name.count == 1 && isName(name[0]) ? String(name[0]) : nil
  }

  private static func isName(_ text: Substring) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "_.`".contains($0) }
  }

  /// The condition about the conversation in the WHERE of the innermost query: between AND and AND, or what ends it.
  private static func condition(in sql: String) -> String? {
    let text = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard let table = table(of: sql), let start = text.ranges(of: " FROM \(table) WHERE ").last else { return nil }
    var (depth, end) = (0, start.upperBound)
    while end < text.endIndex, depth >= 0 {
      if text[end] == "(" { depth += 1 }
      if text[end] == ")" { depth -= 1 }
      if depth >= 0 { end = text.index(after: end) }
    }
    var rest = text[start.upperBound..<end]
    for keyword in [" ORDER BY ", " GROUP BY ", " LIMIT "] {
      if let range = rest.firstRange(of: keyword) { rest = rest[..<range.lowerBound] }
    }
    let found = String(rest).split(separator: " AND ").filter { $0.contains("{conversation") }
    guard found.count == 1, !found[0].contains(" OR ") else { return nil }
    return found[0].count { $0 == "(" } == found[0].count { $0 == ")" } ? String(found[0]) : nil
  }
}

extension TestUsers {
  /// How a run without a trace ends: what was removed, and what only the owner of the database may remove.
  func remove(from probe: ContextProbe, _ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    let found = SmokeTest.removed(keys: try removeKeys(from: probe, deadline), users: count)
    var (statements, conversations): ([String], [ConversationID]) = ([], [])
    for role in probe.roles {
      let ids = rows(of: role)
      conversations += ids
      statements += DatabaseRows.removal(of: ids, try probe.layout(of: role))
    }
    guard !conversations.isEmpty else { return .pass(found) }
    let number = conversations.count
    let rows = "\(found); the application's database keeps \(number) \(number == 1 ? "conversation" : "conversations")"
    guard !statements.isEmpty else {
      let list = conversations.map(\.text).joined(separator: ", ")
      return .warn(rows, advice: "Turnout does not know its tables. Remove the rows of: \(list)")
    }
    var outcome = CheckOutcome.warn(rows, advice: "To remove its rows, run these statements there:")
    outcome.sql = statements
    return outcome
  }
}

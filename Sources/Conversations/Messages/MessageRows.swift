/// Makes messages of rows: role, text and, if the query has it, the time.
struct MessageRows {
  let query: QueryRows
  private let members: UnifiedLayout.MessageMembers
  /// The quoted names of the members.
  private let role: [UInt8]
  private let text: [UInt8]
  private let time: [UInt8]?

  init(_ query: MessageQuery, name: String, members: UnifiedLayout.MessageMembers) {
    self.query = QueryRows(template: query.template, name: name, columns: ["role", "text", "time"], required: 2)
    self.members = members
    role = JSONBytes.quoted(members.role)
    text = JSONBytes.quoted(members.text)
    time = members.time.map { JSONBytes.quoted($0) }
  }

  /// Oldest first, in the order of the subjects.
  func messages(
    _ count: Int, of subjects: [[UInt8]], _ role: ContextRole, from database: DatabaseConnections
  ) throws(MessageSourceError) -> [[Message]] {
    var all: [[Message]] = []
    all.reserveCapacity(subjects.count)
    for rows in try query.read(count, of: subjects, role, from: database) {
      var messages: [Message] = []
      messages.reserveCapacity(rows.count)
      for row in rows.reversed() { messages.append(try message(row)) }
      all.append(messages)
    }
    return all
  }

  /// Bytes that are not UTF-8 become U+FFFD: JSON cannot have them.
  private func message(_ row: QueryRows.Row) throws(MessageSourceError) -> Message {
    let start = row.startIndex
    guard let word = row[start], let speaker = Message.Speaker(rawValue: String(decoding: word, as: UTF8.self)) else {
      let found =
        row[start].map { "the role \"\(String(decoding: $0.prefix(40), as: UTF8.self))\"" } ?? "NULL for the role"
      throw .rows(
        query: query.name,
        "\(found) of a message, expected user or assistant. Name the roles so in the query (CASE ... WHEN ...), and leave "
          + "other messages out (WHERE ... IN (...))")
    }
    let content = row[start + 1] ?? []
    var json: [UInt8] = []
    json.reserveCapacity(content.count + role.count + text.count + 64)
    json.append(UInt8(ascii: "{"))
    json += role
    json += ":\"".utf8
    json += speaker.rawValue.utf8
    json += "\",".utf8
    json += text
    json.append(UInt8(ascii: ":"))
    JSONBytes.append(String(decoding: content, as: UTF8.self), to: &json)
    if let time, row.count > 2, let at = try query.milliseconds(row[start + 2]) {
      json.append(UInt8(ascii: ","))
      json += time
      json.append(UInt8(ascii: ":"))
      json += StoredTime(milliseconds: at).json(members.timeFormat)
    }
    json.append(UInt8(ascii: "}"))
    return Message(json: json)
  }
}

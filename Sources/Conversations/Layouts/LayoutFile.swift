package import YAML

/// Why a layout cannot be used: all mistakes of the file at once, each with its line, what was found and what was expected.
package struct LayoutError: Error, Equatable, CustomStringConvertible {
  /// The file, or the name of a layout that ships.
  package let file: String
  package let problems: [DocumentProblem]

  init(_ file: String, _ problems: [DocumentProblem]) {
    self.file = file
    self.problems = problems.enumerated().sorted { ($0.1.line ?? .max, $0.0) < ($1.1.line ?? .max, $1.0) }.map(\.1)
  }

  init(_ file: String, line: Int? = nil, _ text: String) {
    self.init(file, [DocumentProblem(line: line, "", text)])
  }

  /// `mine.yaml:12: roles.client.lifetime: found "1h", expected ...`, one line for each problem.
  package var lines: [String] {
    problems.map { problem in
      file + (problem.line.map { ":\($0)" } ?? "") + ": " + (problem.key.isEmpty ? "" : "\(problem.key): ")
        + problem.text
    }
  }

  /// The same, with `origin` in front of what is not about a line of the file.
  package func lines(namedBy origin: String) -> [String] {
    zip(problems, lines).map { $0.line == nil ? "\(origin): \($1)" : $1 }
  }

  package var description: String { lines.joined(separator: "\n") }
}

extension Layout {
  /// The layout in a YAML text (docs/layouts.md), read strictly: what is unknown or makes no sense is an error.
  ///
  /// - Parameter file: the name of the text in errors.
  package init(yaml text: String, file: String) throws(LayoutError) {
    let root: YAMLNode?
    do throws(YAMLError) { root = try YAMLReader.read(text) } catch {
      throw LayoutError(file, line: error.line, error.text)
    }
    guard let root else { throw LayoutError(file, "is empty. Start from one that ships: turnout layout show spec-012") }
    var reader = LayoutReader(file: file)
    let layout = reader.layout(root)
    guard let layout, reader.document.problems.isEmpty else { throw LayoutError(file, reader.document.problems) }
    self = layout
  }
}

/// Limits on a layout: more than any application needs.
enum LayoutLimits {
  static let patterns = 8
  static let patternBytes = 256
  static let required = 64
  static let rows = 256
  static let subMembers = 32
  static let pathNames = 8
  static let nameBytes = 128
  static let templateBytes = 65_536
  static let queryBytes = 8_192
  static let elements = 1...1_000
  static let history = 1...1_000
}

/// Reads the sections of a layout, one after another, and keeps all problems.
struct LayoutReader {
  var document: DocumentReader
  private var keyPrefix = ""

  init(file: String) { document = DocumentReader(file: file) }

  mutating func layout(_ root: YAMLNode) -> Layout? {
    guard let top = document.section(root, at: "", known: ["layout", "key_prefix", "roles"]) else { return nil }
    let name = needed("layout", of: top, as: .layoutName)
    document.read("key_prefix", of: top, as: .layoutKeyPrefix, into: &keyPrefix)
    let known = ContextRole.allCases.map(\.rawValue)
    guard let section = document.section(top.values["roles"], at: "roles", known: known), !section.values.isEmpty else {
      if top.values["roles"].map({ $0.isNothing }) ?? true { missing("roles", of: top, "client, admin, or both") }
      return nil
    }
    var roles: [ContextRole: RoleLayout] = [:]
    for role in ContextRole.allCases where section.values[role.rawValue] != nil {
      roles[role] = self.role(role, section)
    }
    checkKeys(of: roles)
    return name.map { Layout(name: $0, roles: roles) }
  }

  private mutating func role(_ role: ContextRole, _ roles: Section) -> RoleLayout? {
    let key = roles.prefix + role.rawValue
    let known = ["lifetime", "legacy", "unified", "members", "conversations", "messages"]
    guard let section = document.section(roles.values[role.rawValue], at: key, known: known) else {
      missing(role.rawValue, of: roles, known.joined(separator: ", "))
      return nil
    }
    let lifetime = needed("lifetime", of: section, as: .integer(ContextLifetimes.limits))
    let legacy = self.legacy(section)
    let unified = self.unified(section)
    let rows = self.rows(section)
    let conversations = conversationQuery(section)
    let messages = messageQuery(section)
    guard let lifetime, let legacy, let unified, let rows else { return nil }
    let layout = RoleLayout(
      role: role, legacy: legacy, unified: unified, members: rows.map(\.row), conversations: conversations,
      messages: messages, lifetime: lifetime)
    check(layout, rows, at: key)
    return layout
  }

  // MARK: The two sides

  private mutating func legacy(_ role: Section) -> LegacyLayout? {
    let known = [
      "keys", "form", "json_fields", "marker", "required", "template", "messages", "created_at", "updated_at",
      "time_format",
    ]
    guard let section = needed("legacy", of: role, known: known) else { return nil }
    let keys = legacyKeys(section)
    var form = ValueForm.json
    document.read("form", of: section, as: .form([.json, .hash]), into: &form)
    let createdAt = optional("created_at", of: section, as: .memberPath)
    let updatedAt = optional("updated_at", of: section, as: .memberPath)
    let layout = LegacyLayout(
      keys: keys, form: form, jsonFields: jsonFields(section, isHash: form == .hash), required: required(section),
      marker: marker(section), template: optional("template", of: section, as: .template),
      messages: optional("messages", of: section, as: .memberPath), createdAt: createdAt, updatedAt: updatedAt,
      timeFormat: timeFormat(section, isNeeded: createdAt != nil || updatedAt != nil))
    return keys.isEmpty ? nil : layout
  }

  private mutating func legacyKeys(_ section: Section) -> [KeyPattern] {
    guard let node = section.values["keys"] else {
      missing("keys", of: section, "a list of keys with {user}, such as [\"chat:customer:{user}\"]")
      return []
    }
    let key = section.prefix + "keys"
    let items = document.items(node, at: key, of: "keys", atMost: LayoutLimits.patterns)
    return items.map { document.values(of: $0, at: key, as: .key([.user], prefix: keyPrefix)) } ?? []
  }

  private mutating func unified(_ role: Section) -> UnifiedLayout? {
    let known = [
      "key", "history", "state", "meta", "json_fields", "required", "pointer", "created_at", "last_activity",
      "time_format", "message", "history_limit", "sync_member",
    ]
    guard let section = needed("unified", of: role, known: known) else { return nil }
    let pattern = needed("key", of: section, as: .key([.user, .id, .part], prefix: keyPrefix))
    var (history, state, meta) = (ValueForm.json, ValueForm.json, ValueForm.json)
    document.read("history", of: section, as: .form([.json, .list]), into: &history)
    document.read("state", of: section, as: .form([.json, .hash]), into: &state)
    document.read("meta", of: section, as: .form([.json, .hash]), into: &meta)
    let createdAt = optional("created_at", of: section, as: .memberPath)
    let lastActivity = optional("last_activity", of: section, as: .memberPath)
    let message = self.message(section)
    let limit = needed("history_limit", of: section, as: .integer(LayoutLimits.history))
    let layout = pattern.map { pattern in
      UnifiedLayout(
        key: pattern, history: history, state: state, meta: meta,
        jsonFields: jsonFields(section, isHash: state == .hash || meta == .hash),
        required: requiredOfUnified(section),
        pointer: optional("pointer", of: section, as: .orNone(.key([.user], prefix: keyPrefix))) ?? nil,
        createdAt: createdAt, lastActivity: lastActivity,
        timeFormat: timeFormat(section, isNeeded: createdAt != nil || lastActivity != nil),
        message: message ?? UnifiedLayout.MessageMembers(role: "", text: "", time: nil, timeFormat: .milliseconds),
        historyLimit: limit ?? 0, syncMember: optional("sync_member", of: section, as: .orNone(.memberName)) ?? nil)
    }
    return message == nil || limit == nil ? nil : layout
  }

  private mutating func message(_ unified: Section) -> UnifiedLayout.MessageMembers? {
    let known = ["role", "text", "time", "time_format"]
    guard let section = needed("message", of: unified, known: known) else { return nil }
    let role = needed("role", of: section, as: .memberName)
    let text = needed("text", of: section, as: .memberName)
    let time = optional("time", of: section, as: .memberName)
    let format = timeFormat(section, isNeeded: time != nil)
    guard let role, let text else { return nil }
    if Set([role, text, time].compactMap(\.self)).count < (time == nil ? 2 : 3) {
      document.report(
        String(section.prefix.dropLast()), line: section.line, "role, text and time need a member each")
    }
    return UnifiedLayout.MessageMembers(role: role, text: text, time: time, timeFormat: format)
  }

  // MARK: What both sides have

  /// The format of the times above it; it must be there if there are any.
  private mutating func timeFormat(_ section: Section, isNeeded: Bool) -> TimeFormat {
    guard isNeeded || section.values["time_format"] != nil else { return .rfc3339 }
    guard isNeeded else {
      document.report(
        section.prefix + "time_format", line: section.line, "there is no time that it could be about; remove it")
      return .rfc3339
    }
    return needed("time_format", of: section, as: .choice) ?? .rfc3339
  }

  private mutating func jsonFields(_ section: Section, isHash: Bool) -> Set<String> {
    let key = section.prefix + "json_fields"
    guard let node = section.values["json_fields"] else { return [] }
    guard isHash else {
      document.report(
        key, line: node.line, "only a hash has fields that hold JSON; remove it, or write hash as the form")
      return []
    }
    let items = document.items(node, at: key, of: "fields", atMost: LayoutLimits.required)
    return Set(items.map { document.values(of: $0, at: key, as: .memberName) } ?? [])
  }

  private mutating func marker(_ section: Section) -> LegacyLayout.Marker? {
    let key = section.prefix + "marker"
    guard let node = section.values["marker"], let pairs = pairs(of: node, at: key, "MEMBER: TEXT", atMost: 1) else {
      return nil
    }
    guard let (name, value) = pairs.first, let member = member(name, at: key, as: .memberName),
      let text = document.value(of: value, at: "\(key).\(member)", as: .shortText)
    else { return nil }
    return LegacyLayout.Marker(member: member, value: text)
  }

  private mutating func required(_ section: Section) -> [RequiredMember] {
    requiredPairs(section, as: .memberPath).map { RequiredMember(path: $0, type: $1) }
  }

  private mutating func requiredOfUnified(_ section: Section) -> [RequiredUnifiedMember] {
    requiredPairs(section, as: .unifiedMember).map { RequiredUnifiedMember(part: $0.part, path: $0.path, type: $1) }
  }

  private mutating func requiredPairs<Path>(_ section: Section, as scalar: Scalar<Path>) -> [(Path, MemberType)] {
    let key = section.prefix + "required"
    guard let node = section.values["required"], !node.isNothing,
      let pairs = pairs(of: node, at: key, "MEMBER: TYPE", atMost: LayoutLimits.required)
    else { return [] }
    return pairs.compactMap { name, value in
      guard let path = member(name, at: key, as: scalar),
        let type = document.value(of: value, at: "\(key).\(text(of: name))", as: Scalar<MemberType>.choice)
      else { return nil }
      return (path, type)
    }
  }

  // MARK: The queries

  private mutating func conversationQuery(_ role: Section) -> ConversationQuery? {
    guard
      let section = document.section(
        role.values["conversations"], at: role.prefix + "conversations", known: ["rows", "query"])
    else { return nil }
    var rows = ConversationQuery.Rows.all
    document.read("rows", of: section, as: .choice, into: &rows)
    var query = needed("query", of: section, as: .query { sql throws(SQLTemplate.ParseError) in try ConversationQuery(sql: sql) })
    query?.rows = rows
    return query
  }

  private mutating func messageQuery(_ role: Section) -> MessageQuery? {
    guard let section = document.section(role.values["messages"], at: role.prefix + "messages", known: ["query"])
    else { return nil }
    return needed("query", of: section, as: .query { sql throws(SQLTemplate.ParseError) in try MessageQuery(sql) })
  }
}

// MARK: Keys of the file

extension LayoutReader {
  mutating func missing(_ name: String, of section: Section, _ expected: String) {
    document.report(section.prefix + name, line: section.line, "missing; expected \(expected)")
  }

  /// The value of a key that must be there.
  mutating func needed<Value>(_ name: String, of section: Section, as scalar: Scalar<Value>) -> Value? {
    guard let node = section.values[name] else {
      missing(name, of: section, scalar.expected)
      return nil
    }
    return document.value(of: node, at: section.prefix + name, as: scalar)
  }

  /// The section that must be there.
  mutating func needed(_ name: String, of section: Section, known: [String]) -> Section? {
    if section.values[name].map({ $0.isNothing }) ?? true {
      missing(name, of: section, known.joined(separator: ", "))
      return nil
    }
    return document.section(section.values[name], at: section.prefix + name, known: known)
  }

  mutating func optional<Value>(_ name: String, of section: Section, as scalar: Scalar<Value>) -> Value? {
    guard let node = section.values[name] else { return nil }
    return document.value(of: node, at: section.prefix + name, as: scalar)
  }

  /// The keys of a mapping that the layout chooses itself, in their order.
  mutating func pairs(
    of node: YAMLNode, at key: String, _ expected: String, atMost limit: Int
  ) -> [(key: YAMLNode, value: YAMLNode)]? {
    guard case .mapping(let pairs) = node.content else {
      document.report(key, line: node.line, "found \(node.found), expected \(expected)")
      return nil
    }
    guard pairs.count <= limit else {
      document.report(key, line: node.line, "found \(pairs.count) members, expected at most \(limit)")
      return nil
    }
    return pairs
  }

  /// A key that names a member.
  mutating func member<Value>(_ name: YAMLNode, at key: String, as scalar: Scalar<Value>) -> Value? {
    guard case .scalar(let text, _) = name.content, !name.isNothing else {
      document.report(key, line: name.line, "found \(name.found) as a key, expected \(scalar.expected)")
      return nil
    }
    guard let value = scalar.parse(text) else {
      document.report(key, line: name.line, scalar.mismatch(text))
      return nil
    }
    return value
  }

  func text(of node: YAMLNode) -> String {
    if case .scalar(let text, _) = node.content { text } else { "" }
  }
}

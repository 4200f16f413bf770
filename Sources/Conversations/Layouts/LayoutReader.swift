internal import YAML

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

  // MARK: The queries

  private mutating func conversationQuery(_ role: Section) -> ConversationQuery? {
    guard
      let section = document.section(
        role.values["conversations"], at: role.prefix + "conversations", known: ["rows", "query"])
    else { return nil }
    var rows = ConversationQuery.Rows.all
    document.read("rows", of: section, as: .choice, into: &rows)
    var query = needed(
      "query", of: section, as: .query { sql throws(SQLTemplate.ParseError) in try ConversationQuery(sql: sql) })
    query?.rows = rows
    return query
  }

  private mutating func messageQuery(_ role: Section) -> MessageQuery? {
    guard let section = document.section(role.values["messages"], at: role.prefix + "messages", known: ["query"])
    else { return nil }
    return needed("query", of: section, as: .query { sql throws(SQLTemplate.ParseError) in try MessageQuery(sql) })
  }
}

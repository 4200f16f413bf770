package import Redis

/// What a layout makes of one real context, both ways: computed from what Redis holds, and never written.
package struct LayoutSample: Sendable, Equatable {
  package var role: ContextRole
  package var user: String
  /// The layout that the key is of.
  package var side: ContextLayout
  /// What the context becomes on the other side: keys, or the names of parts, and their values.
  package var made: [Value]
  /// What differs when that is carried back: none is the good case.
  package var changes: [Change]
  /// Members of the sampled values that the layout does not know. They stay where they are.
  package var unknown: [String]

  package struct Value: Sendable, Equatable {
    package var name: String
    package var text: String
  }

  /// A member whose bytes differ; nil where it is missing.
  package struct Change: Sendable, Equatable {
    package var member: String
    package var before: String?
    package var after: String?
  }

  package enum Failure: Error, CustomStringConvertible {
    case redis(RedisError)
    /// No pattern of the layout matches the key.
    case noPattern(String, [String])
    case missing(String)
    /// A value of another type.
    case otherType(String, found: String)
    /// A value of another layout.
    case foreign(String, LayoutFit)
    case unreadable(String, MappingError)

    package var description: String {
      switch self {
      case .redis(let error): "\(error)"
      case .noPattern(let key, let patterns):
        "no pattern of the layout matches \(key). It has: \(patterns.joined(separator: ", "))"
      case .missing(let key): "there is no \(key). Name a key that exists; redis-cli --scan --pattern lists them"
      case .otherType(let key, let found): "\(key) is a \(found), expected a string, a hash or a list"
      case .foreign(let key, let fit): "\(key) \(fit). Is it the right layout?"
      case .unreadable(let key, let error): "\(key): \(error)"
      }
    }
  }

  /// - Parameter key: a legacy key, or one of a conversation.
  package init(
    _ key: [UInt8], in layout: Layout, on connection: inout RedisConnection
  ) throws(Failure) {
    for role in ContextRole.allCases {
      guard let roleLayout = layout.roles[role] else { continue }
      let mapping = Mapping(roleLayout)
      if let match = roleLayout.unified.key.match(key), let id = match.id {
        self = try Self.unified(match.user, id, mapping, &connection)
        return
      }
      if let match = roleLayout.legacy.keys.lazy.compactMap({ $0.match(key) }).first {
        self = try Self.legacy(key, match.user, mapping, &connection)
        return
      }
    }
    throw .noPattern(
      String(decoding: key, as: UTF8.self),
      layout.roles.values.flatMap { $0.legacy.keys.map(\.text) + [$0.unified.key.text] }.sorted())
  }

  // MARK: The two ways

  private static func legacy(
    _ key: [UInt8], _ user: [UInt8], _ mapping: Mapping, _ connection: inout RedisConnection
  ) throws(Failure) -> LayoutSample {
    let name = String(decoding: key, as: UTF8.self)
    guard let value = try SampledValue.read(key, &connection)?.document(name) else { throw .missing(name) }
    let fit = mapping.fit(value)
    if case .unknownMembersOnly = fit { throw .foreign(name, fit) }
    do throws(MappingError) {
      let legacy = try mapping.legacy(value, user: user)
      let parts = try mapping.forward(legacy, id: .derived(from: key))
      let back = try mapping.backward(parts, history: legacy.messages, into: value, user: user)
      let role = mapping.layout
      var made = [Value(name: "state", text: parts.state?.text ?? "none"), Value(name: "meta", text: parts.meta.text)]
      if role.legacy.messages != nil {
        let history = legacy.messages.suffix(role.unified.historyLimit)
        made.append(Value(name: "history", text: String(decoding: Message.array(of: history), as: UTF8.self)))
      }
      return LayoutSample(
        role: role.role, user: user, side: .legacy, made: made, changes: changes(from: value, to: back),
        unknown: value.names.filter { !role.legacyNames.contains($0) })
    } catch { throw .unreadable(name, error) }
  }

  private static func unified(
    _ user: [UInt8], _ id: ConversationID, _ mapping: Mapping, _ connection: inout RedisConnection
  ) throws(Failure) -> LayoutSample {
    let layout = mapping.layout
    let keys = ConversationPart.allCases.map { layout.unified.key.key(user, id: id, part: $0) }
    let legacyKeys = layout.legacy.keys.map { $0.key(user) }
    let names = (keys + legacyKeys).map { String(decoding: $0, as: UTF8.self) }
    var values: [SampledValue?] = []
    for key in keys + legacyKeys { values.append(try SampledValue.read(key, &connection)) }
    guard let meta = try values[2]?.document(names[2]) else { throw .missing(names[2]) }
    let state = try values[1]?.document(names[1])
    let base = try values[3...].lazy.compactMap { $0 }.first?.document(names[3])
    do throws(MappingError) {
      let parts = MappedParts(state: state, meta: meta)
      let made = try mapping.backward(parts, history: values[0]?.messages ?? [], into: base, user: user)
      let again = try mapping.forward(try mapping.legacy(made, user: user), id: id, into: parts)
      var changes = changes(from: meta, to: again.meta, "meta.")
      if let state, let after = again.state { changes += self.changes(from: state, to: after, "state.") }
      let known = layout.unifiedNames
      let found = (state?.names ?? []).map { "state.\($0)" } + meta.names.map { "meta.\($0)" }
      return LayoutSample(
        role: layout.role, user: user, side: .unified, made: [Value(name: names[3], text: made.text)],
        changes: changes, unknown: found.filter { !known.contains($0) })
    } catch { throw .unreadable(names[2], error) }
  }

  private init(
    role: ContextRole, user: [UInt8], side: ContextLayout, made: [Value], changes: [Change], unknown: [String]
  ) {
    (self.role, self.user, self.side) = (role, String(decoding: user, as: UTF8.self), side)
    (self.made, self.changes, self.unknown) = (made, changes, unknown)
  }

  /// The members whose bytes differ. Where none does, but the values differ, the space between them does.
  static func changes(from before: StoredDocument, to after: StoredDocument, _ prefix: String = "") -> [Change] {
    guard before != after else { return [] }
    let (old, new) = (before.members, after.members)
    func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
    let names = old.map(\.name) + new.map(\.name).filter { name in !old.contains { $0.name == name } }
    let changes = names.compactMap { name -> Change? in
      let (one, other) = (old.last { $0.name == name }?.value, new.last { $0.name == name }?.value)
      return one == other ? nil : Change(member: prefix + name, before: text(one), after: text(other))
    }
    return changes.isEmpty
      ? [Change(member: prefix + "(between the members)", before: before.text, after: after.text)] : changes
  }
}

extension StoredDocument {
  /// The members at the top, or the fields.
  fileprivate var members: [(name: String, value: [UInt8])] {
    switch self {
    case .json(let bytes): (try? JSONObject(bytes))?.members.map { ($0.name, $0.value) } ?? []
    case .hash(let fields): fields.map { (String(decoding: $0.name, as: UTF8.self), $0.value) }
    }
  }

  fileprivate var names: [String] { members.map(\.name) }

  /// For people.
  fileprivate var text: String {
    switch self {
    case .json(let bytes): String(decoding: bytes, as: UTF8.self)
    case .hash: members.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }.joined(separator: "  ")
    }
  }
}

extension RoleLayout {
  /// The members at the top of a legacy value that the layout speaks of.
  fileprivate var legacyNames: Set<String> {
    var paths = members.map(\.legacy) + legacy.required.map { $0.path }
    paths += [legacy.createdAt, legacy.updatedAt, legacy.messages]
    return Set(paths.compactMap { $0?.names.first } + (legacy.marker.map { [$0.member] } ?? []))
  }

  /// `state.flow`, `meta.created_at`
  fileprivate var unifiedNames: Set<String> {
    func name(_ part: ConversationPart, _ path: MemberPath) -> String? {
      path.names.first.map { "\(part.rawValue).\($0)" }
    }
    var names = members.compactMap { $0.unified.flatMap { name($0.part, $0.path) } }
    names += unified.required.compactMap { name($0.part, $0.path) }
    names += [unified.createdAt, unified.lastActivity].compactMap { $0.flatMap { name(.meta, $0) } }
    if let sync = unified.syncMember { names.append("meta.\(sync)") }
    return Set(names)
  }
}

/// A value as it lies in Redis.
private enum SampledValue {
  case document(StoredDocument)
  case list([[UInt8]])
  case other(String)

  /// Nil for a missing key.
  static func read(_ key: [UInt8], _ connection: inout RedisConnection) throws(LayoutSample.Failure) -> SampledValue? {
    do throws(RedisError) {
      let key = RedisWord(key)
      switch try connection.command("TYPE", key).text {
      case "string": return try connection.command("GET", key).value.map { .document(.json($0)) }
      case "hash":
        let words = try connection.command("HGETALL", key).elements?.compactMap(\.value) ?? []
        let fields = stride(from: 0, to: words.count - 1, by: 2).map {
          StoredDocument.Field(name: words[$0], value: words[$0 + 1])
        }
        return fields.isEmpty ? nil : .document(.hash(fields))
      case "list": return .list(try connection.command("LRANGE", key, 0, -1).elements?.compactMap(\.value) ?? [])
      case "none", nil: return nil
      case let type?: return .other(type)
      }
    } catch { throw .redis(error) }
  }

  func document(_ name: String) throws(LayoutSample.Failure) -> StoredDocument {
    switch self {
    case .document(let document): return document
    case .list: throw .otherType(name, found: "list")
    case .other(let type): throw .otherType(name, found: type)
    }
  }

  /// The messages of a history in either form.
  var messages: [Message] {
    switch self {
    case .document(.json(let bytes)): (try? Message.list(in: bytes)) ?? []
    case .list(let elements): elements.map(Message.init(json:))
    case .document(.hash), .other: []
    }
  }
}

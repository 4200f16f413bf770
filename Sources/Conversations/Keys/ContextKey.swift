/// A key of a context in Redis, in either layout:
///
///     chat:customer:42                            legacy, client
///     admin:context:7                             legacy, admin
///     conversation:client:42:UUID:history         unified; also :state and :meta
///     conversation:client:42:current              unified: which conversation is the current one
///
/// It is parsed from its end, so that user names may contain colons.
package enum ContextKey: Sendable, Equatable {
  case legacy(ContextOwner)
  case part(ConversationPart, of: ContextOwner, id: ConversationID)
  case current(ContextOwner)

  /// Nil for other keys, and for an empty user or one that is not UTF-8.
  package init?(_ key: [UInt8]) {
    for role in ContextRole.allCases {
      if let user = Self.rest(of: key, after: role.legacyPrefix) {
        guard let owner = ContextOwner(role, bytes: user) else { return nil }
        self = .legacy(owner)
        return
      }
      if let rest = Self.rest(of: key, after: role.unifiedPrefix) {
        guard let key = Self.unified(role, rest) else { return nil }
        self = key
        return
      }
    }
    return nil
  }

  /// `42:current` or `42:UUID:history`.
  private static func unified(_ role: ContextRole, _ rest: ArraySlice<UInt8>) -> ContextKey? {
    guard let colon = rest.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    let name = String(decoding: rest[(colon + 1)...], as: UTF8.self)
    let front = rest[..<colon]
    if name == "current" { return ContextOwner(role, bytes: front).map { .current($0) } }
    guard let part = ConversationPart(rawValue: name), let second = front.lastIndex(of: UInt8(ascii: ":")),
      let id = ConversationID(String(decoding: front[(second + 1)...], as: UTF8.self)),
      let owner = ContextOwner(role, bytes: front[..<second])
    else { return nil }
    return .part(part, of: owner, id: id)
  }

  private static func rest(of key: [UInt8], after prefix: String) -> ArraySlice<UInt8>? {
    key.starts(with: prefix.utf8) ? key[prefix.utf8.count...] : nil
  }
}

/// The three keys of one conversation.
package enum ConversationPart: String, CaseIterable, Sendable {
  /// The last messages.
  case history
  /// The state of a multi-step task, and whatever else the application stores.
  case state
  /// Times and counts.
  case meta
}

/// A user in a role, who owns a context.
package struct ContextOwner: Sendable, Hashable {
  package var role: ContextRole
  package var user: String

  package init(_ role: ContextRole, _ user: String) {
    self.role = role
    self.user = user
  }

  /// Compares bytes, as keys do: Swift's strings treat two encodings of é as equal, and two users would share a context.
  package static func == (one: ContextOwner, other: ContextOwner) -> Bool {
    one.role == other.role && one.user.utf8.elementsEqual(other.user.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(role)
    for byte in user.utf8 { hasher.combine(byte) }
  }

  init?(_ role: ContextRole, bytes: ArraySlice<UInt8>) {
    guard !bytes.isEmpty, let user = String(validating: bytes, as: UTF8.self) else { return nil }
    self.init(role, user)
  }

  package var legacyKey: String { role.legacyPrefix + user }
  package var currentKey: String { role.unifiedPrefix + user + ":current" }

  package func key(of part: ConversationPart, _ id: ConversationID) -> String {
    role.unifiedPrefix + user + ":" + id.text + ":" + part.rawValue
  }
}

/// The kind of user who owns a context.
package enum ContextRole: String, CaseIterable, Sendable, Codable {
  /// A customer in the chat.
  case client
  /// A staff member in the admin assistant.
  case admin

  /// The key prefix in the legacy layout.
  package var legacyPrefix: String {
    switch self {
    case .client: "chat:customer:"
    case .admin: "admin:context:"
    }
  }

  /// The key prefix in the unified layout.
  package var unifiedPrefix: String { "conversation:\(rawValue):" }
}

/// One of the two layouts of contexts in Redis.
package enum ContextLayout: String, CaseIterable, Sendable, Codable {
  case legacy, unified
}

/// What a key in Redis belongs to, in either layout:
///
///     chat:customer:42                            legacy, client
///     admin:context:7                             legacy, admin
///     conversation:client:42:UUID:history         unified; also :state and :meta
///     conversation:client:42:current              unified: which conversation is the current one
///
/// What stands at the end decides, so that users may have colons in their names.
package enum ContextKey: Sendable, Equatable {
  case legacy(ContextOwner)
  case part(ConversationPart, of: ContextOwner, id: ConversationID)
  case current(ContextOwner)

  /// Nil for keys of others, and for those whose user is empty or no UTF-8.
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
  /// Where a task of several steps stands, and whatever else the application remembers.
  case state
  /// Times and counts.
  case meta
}

/// A user in a role: whose context it is.
package struct ContextOwner: Sendable, Hashable {
  package var role: ContextRole
  package var user: String

  package init(_ role: ContextRole, _ user: String) {
    self.role = role
    self.user = user
  }

  /// Byte by byte, as keys are: for Swift's text two spellings of é are one, and their users would share what they said.
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

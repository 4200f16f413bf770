package import Flags

/// One change of one flag: who, when, from where, what and why. One line of the audit trail; never changed afterwards.
package struct AuditEntry: Codable, Sendable, Equatable {
  package enum Action: String, Codable, Sendable, CaseIterable {
    case set, kill, restore, allow, deny, forget, replace
    /// A foreign change found in the store: by an editor, a plain SET.
    case found
    /// A foreign deletion found in the store: a plain DEL.
    case deleted
  }

  /// RFC 3339 in UTC.
  package var at: String
  package var flag: String
  package var action: Action
  package var revision: Int
  package var by: String?
  package var from: String?
  package var reason: String?
  /// At most the first 20.
  package var users: [String]?
  /// Nil if unknown.
  package var before: State?
  package var after: State

  package init(
    _ action: Action, before: Flag?, after: Flag, by: String?, from: String?, reason: String? = nil,
    users: [String]? = nil, at: Int
  ) {
    self.at = Timestamp.text(seconds: at)
    self.action = action
    self.by = by
    self.from = from
    self.reason = reason
    self.users = users.map { Array($0.prefix(20)) }
    flag = after.name
    revision = after.revision
    self.before = before.map(State.init)
    self.after = State(after)
  }

  /// A change of the file that no writer recorded.
  init(found flag: Flag, before: State?, by author: String?, from: String, reason: String?) {
    self.init(
      .found, before: nil, after: flag, by: author, from: from, reason: reason, at: Timestamp.nowSeconds())
    self.before = before
  }

  /// A foreign change in Redis.
  init(adopted flag: Flag, _ adoption: StoredFlag.Adoption) {
    self.init(
      adoption.action, before: adoption.before, after: flag, by: nil, from: "found in Redis",
      at: Timestamp.nowSeconds())
  }

  init(_ edit: FlagEdit, before: Flag, after: Flag, signed: Signature) {
    self.init(
      edit.action, before: before, after: after, by: signed.by, from: signed.from, reason: signed.reason,
      users: edit.users, at: signed.at)
  }

  /// What decides where users go. The lists contain user keys, so only their lengths and a fingerprint are recorded.
  package struct State: Codable, Sendable, Equatable {
    package var enabled: Bool
    package var percentage: Double
    package var hard: Bool?
    package var salt: String?
    package var hash: String?
    package var allowCount: Int
    package var denyCount: Int
    package var listsFingerprint: String?
    package var revision: Int

    package init(_ flag: Flag) {
      enabled = flag.isEnabled
      percentage = flag.percentage.number
      hard = flag.isHardKill ? true : nil
      salt = flag.salt == flag.name ? nil : flag.salt
      hash = flag.hash == .turnout ? nil : flag.hash.rawValue
      allowCount = flag.allow.count
      denyCount = flag.deny.count
      listsFingerprint = Self.fingerprint(flag)
      revision = flag.revision
    }

    private static func fingerprint(_ flag: Flag) -> String? {
      guard !flag.allow.isEmpty || !flag.deny.isEmpty else { return nil }
      let text = flag.allow.joined(separator: "\0") + "\0\0" + flag.deny.joined(separator: "\0")
      return Checksum.text(Array(text.utf8))
    }

    enum CodingKeys: String, CodingKey {
      case enabled, percentage, hard, salt, hash, revision
      case allowCount = "allow_count"
      case denyCount = "deny_count"
      case listsFingerprint = "lists_fingerprint"
    }
  }
}

/// The recorded changes of a store.
package struct AuditTrail: Codable, Sendable, Equatable {
  /// The newest first.
  package var entries: [AuditEntry]
  /// Lines that are not entries: cut short by a killed writer, or left by an editor.
  package var unreadable: Int

  package init(entries: [AuditEntry], unreadable: Int = 0) {
    self.entries = entries
    self.unreadable = unreadable
  }
}

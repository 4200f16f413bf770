internal import Redis

/// Everything that Redis holds for one owner, in both layouts, read atomically.
package struct ContextSnapshot: Sendable, Equatable {
  package var owner: ContextOwner
  package var legacy: StoredValue
  /// The pointer: the UUID of the current conversation.
  package var current: StoredValue
  /// The parts of the current conversation; nil when the pointer holds no UUID.
  package var conversation: RawConversation?
  /// The parts of the conversation that the migration derives from the legacy key; nil unless requested.
  package var derived: RawConversation?
  /// Whether the legacy key was migrated and not written since (`MigratedMarker`).
  package var isKept = false
}

/// The values of the three parts of a conversation, not parsed.
package struct RawConversation: Sendable, Equatable {
  package var id: ConversationID
  package var history: StoredValue
  package var state: StoredValue
  package var meta: StoredValue

  package subscript(part: ConversationPart) -> StoredValue {
    switch part {
    case .history: history
    case .state: state
    case .meta: meta
    }
  }

  /// Whether no part exists.
  package var isMissing: Bool { history.isMissing && state.isMissing && meta.isMissing }
}

/// The value of one key.
package enum StoredValue: Sendable, Equatable {
  case missing
  /// - Parameter milliseconds: the TTL; nil: it never expires.
  case text([UInt8], milliseconds: Int?)
  /// Not a string but a `hash`, `list` etc.
  case otherKind(String)
  /// Larger than `limit`: the size in bytes. It was not fetched.
  case tooLarge(Int)

  /// Bytes; the limit of the migration.
  package static let limit = MigrationLimits.value

  package var bytes: [UInt8]? { if case .text(let bytes, _) = self { bytes } else { nil } }

  package var isMissing: Bool { self == .missing }

  /// Why it is unreadable; nil: it is readable.
  package var defect: String? {
    switch self {
    case .text: nil
    case .missing: "it is missing"
    case .otherKind(let kind): "it is a \(kind), not a string"
    case .tooLarge(let size): "it has \(size) bytes, more than \(Self.limit)"
    }
  }

  /// From the result of `ContextReader.script`.
  init?(_ reply: RedisReply) {
    switch reply {
    case .null: self = .missing
    case .integer(let size): self = .tooLarge(size)
    case .status(let kind): self = .otherKind(kind)
    case .array(let pair):
      guard pair.count == 2, let bytes = pair[0].value, let left = pair[1].integer else { return nil }
      self = .text(bytes, milliseconds: left < 0 ? nil : left)
    case .bytes, .error: return nil
    }
  }
}

/// An unreadable value. It stays unchanged and is listed.
package struct UnreadableValue: Error, Sendable, Equatable {
  /// The key: any bytes.
  package var bytes: [UInt8]
  package var reason: String

  package var key: String { String(decoding: bytes, as: UTF8.self) }

  package init(key: String, reason: String) { self.init(bytes: Array(key.utf8), reason: reason) }

  package init(bytes: [UInt8], reason: String) {
    self.bytes = bytes
    self.reason = reason
  }
}

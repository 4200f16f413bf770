internal import Redis

/// What stands under one key.
package enum StoredValue: Sendable, Equatable {
  case missing
  /// - Parameter milliseconds: until it expires; nil: never.
  case text([UInt8], milliseconds: Int?)
  /// Of another kind than a string: `hash`, `list`.
  case otherKind(String)
  /// Larger than `limit`, with its size in bytes. It was not fetched.
  case tooLarge(Int)

  /// In bytes: what the migration takes.
  package static let limit = MigrationLimits.value

  package var bytes: [UInt8]? { if case .text(let bytes, _) = self { bytes } else { nil } }

  package var isMissing: Bool { self == .missing }

  /// Nil when it can be read.
  package var fault: String? {
    switch self {
    case .text: nil
    case .missing: "it is missing"
    case .otherKind(let kind): "it is a \(kind), not a string"
    case .tooLarge(let size): "it has \(size) bytes, more than \(Self.limit)"
    }
  }

  /// As `ContextReader.script` says it.
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

/// A value that is not what it should be. It is left as it is, and listed.
package struct UnreadableValue: Error, Sendable, Equatable {
  /// Of the key: any bytes.
  package var bytes: [UInt8]
  package var reason: String

  package var key: String { String(decoding: bytes, as: UTF8.self) }

  package init(key: String, reason: String) { self.init(bytes: Array(key.utf8), reason: reason) }

  package init(bytes: [UInt8], reason: String) {
    self.bytes = bytes
    self.reason = reason
  }
}

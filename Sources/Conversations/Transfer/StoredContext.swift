internal import Redis

/// All that Redis holds of one user, on both sides, as it was read.
struct StoredContext: Sendable {
  var role: ContextRole
  var user: [UInt8]
  /// By the patterns of the layout, in their order.
  var legacy: [LegacyValue]
  var record: SyncRecord?
  /// Whether there is a record that this version cannot read; it is left, and nothing is written.
  var hasUnreadableRecord = false
  /// Whether a value is too large for a batch.
  var isLarge = false
  /// What the pointer key names; nil: no such key, or the layout has none.
  var pointer: StoredPart?
  var conversations: [ConversationParts]
  /// By the server's clock, in milliseconds since 1970.
  var now: Int

  struct LegacyValue: Sendable {
    var key: [UInt8]
    var value: StoredPart
  }

  struct ConversationParts: Sendable {
    var id: ConversationID
    var history: StoredPart
    var state: StoredPart
    var meta: StoredPart

    /// By `meta` alone, as for the application.
    var exists: Bool { if case .missing = meta { false } else { true } }
  }

  /// The legacy key that is there, else the one that a new value gets.
  var legacyKey: [UInt8] { (legacy.first { !$0.value.isMissing } ?? legacy[0]).key }
}

/// One value as it was read.
enum StoredPart: Sendable {
  case missing
  /// - Parameter left: milliseconds; nil: it never expires.
  case value(StoredDocument, left: Int?)
  /// The elements of a list.
  case list([[UInt8]], left: Int?)
  /// Why it cannot be read.
  case unreadable(String)
  /// Larger than the bound of a batch; to be read by itself.
  case large

  var isMissing: Bool { if case .missing = self { true } else { false } }

  var document: StoredDocument? { if case .value(let document, _) = self { document } else { nil } }

  /// Milliseconds; nil: it never expires, or there is none.
  var left: Int? {
    switch self {
    case .value(_, let left), .list(_, let left): left
    default: nil
    }
  }
}

/// The keys of a role, and how they are read and written. A class, because copies of a layout cost more than the keys.
final class ContextKeys: Sendable {
  let layout: RoleLayout

  init(layout: RoleLayout) { self.layout = layout }

  func record(_ user: [UInt8]) -> [UInt8] { Array(SyncRecord.prefix.utf8) + layout.legacy.keys[0].key(user) }
  func legacy(_ user: [UInt8]) -> [[UInt8]] { layout.legacy.keys.map { $0.key(user) } }
  func pointer(_ user: [UInt8]) -> [UInt8]? { layout.unified.pointer?.key(user) }
  func part(_ part: ConversationPart, _ user: [UInt8], _ id: ConversationID) -> [UInt8] {
    layout.unified.key.key(user, id: id, part: part)
  }

  func form(_ part: ConversationPart) -> ValueForm {
    switch part {
    case .history: layout.unified.history
    case .state: layout.unified.state
    case .meta: layout.unified.meta
    }
  }

  /// The id that every run derives from the user's first legacy key, where the application's database has none.
  func derivedID(_ user: [UInt8]) -> ConversationID { .derived(from: layout.legacy.keys[0].key(user)) }
}

internal import FlagStore
internal import Flags

/// A flag with its lists, as the editing paths show it.
struct FlagState: Encodable, Equatable {
  var name: String
  var enabled: Bool
  /// A killed flag: what was under way to unified was closed.
  var hard: Bool
  /// 0 to 100; a killed flag keeps it.
  var percentage: Double
  var salt: String
  /// How users are hashed: `turnout`, or the scheme of another system.
  var hash: String
  var allow: [String]
  var deny: [String]
  var revision: Int
  var updatedAt: String?
  var updatedBy: String?
  var reason: String?

  init(_ flag: Flag) {
    name = flag.name
    enabled = flag.isEnabled
    hard = flag.isHardKill
    percentage = flag.percentage.number
    salt = flag.salt
    hash = flag.hash.rawValue
    allow = flag.allow
    deny = flag.deny
    revision = flag.revision
    updatedAt = flag.updatedAt
    updatedBy = flag.updatedBy
    reason = flag.reason
  }

  enum CodingKeys: String, CodingKey {
    case name, enabled, hard, percentage, salt, hash, allow, deny, revision, reason
    case updatedAt = "updated_at"
    case updatedBy = "updated_by"
  }
}

/// All flags that the workers decide by.
struct FlagList: Encodable {
  var generation: UInt64
  /// Whether this proxy's own kill switch outranks what is stored.
  var killedLocally: Bool
  var flags: [FlagState]

  enum CodingKeys: String, CodingKey {
    case generation, flags
    case killedLocally = "killed_locally"
  }
}

/// What became of an edit.
struct EditResult: Encodable {
  /// False: the flag was so already, and nothing was written.
  var changed: Bool
  /// As it is stored now.
  var flag: FlagState
}

/// An edit that was refused.
struct EditRefusal: Encodable {
  var error: String
  /// As it is stored; nil where that is not known.
  var flag: FlagState?
}

/// The proxies that share a store.
struct ProxyList: Encodable {
  /// Whether the store keeps a register; a file does not.
  var registered: Bool
  var proxies: [FleetMember]
}

/// This proxy's own kill switch.
struct LocalState: Encodable {
  var changed: Bool
  var killedLocally: Bool
  /// False: it could not be written down, and is forgotten with the process.
  var kept: Bool
  /// Of the flags in force.
  var generation: UInt64

  enum CodingKeys: String, CodingKey {
    case changed, kept, generation
    case killedLocally = "killed_locally"
  }
}

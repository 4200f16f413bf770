internal import FlagStore
internal import Flags
internal import JSON
internal import LocalServer

/// A flag with its lists, as the editing paths return it.
struct FlagState: Encodable, Equatable {
  var name: String
  var enabled: Bool
  /// Whether the kill closed requests in flight to unified.
  var hard: Bool
  /// 0 to 100. A killed flag keeps it.
  var percentage: Double
  var salt: String
  /// `turnout`, or the hash scheme of another system.
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

/// All flags in force.
struct FlagList: Encodable {
  var generation: UInt64
  /// Whether the local kill of this proxy overrides the store.
  var killedLocally: Bool
  var flags: [FlagState]

  enum CodingKeys: String, CodingKey {
    case generation, flags
    case killedLocally = "killed_locally"
  }
}

/// The result of an edit.
struct EditResult: Encodable {
  /// False when the flag was so already and nothing was written.
  var changed: Bool
  /// As stored now.
  var flag: FlagState
}

/// An edit that was refused.
struct EditRefusal: Encodable {
  var error: String
  /// As stored; nil when unknown.
  var flag: FlagState?
}

/// The proxies that share the store.
struct ProxyList: Encodable {
  /// Whether the store keeps a register; a file does not.
  var registered: Bool
  var proxies: [FleetMember]
}

/// The local kill of this proxy.
struct LocalState: Encodable {
  var changed: Bool
  var killedLocally: Bool
  /// False when it could not be saved, so that it ends with the process.
  var kept: Bool
  /// The generation of the flags in force.
  var generation: UInt64

  enum CodingKeys: String, CodingKey {
    case changed, kept, generation
    case killedLocally = "killed_locally"
  }
}

extension FlagStoreError {
  /// The status tells the client what to do: read again (409, 412), name another flag (404), wait (503).
  var response: Response {
    let status =
      switch self {
      case .unknownFlag, .badName: 404
      case .conflict: 409
      case .otherRevision: 412
      case .valueTooLarge: 413
      case .uncertain: 504
      case .invalid, .fileMissing, .notAFile, .fileTooLarge, .unreachable, .refused, .lost, .wrongType,
        .locked, .system:
        503
      }
    let stored = stored.map(FlagState.init)
    var response = Response.json(JSONText.body(EditRefusal(error: description, flag: stored)), status: status)
    if let stored { response.headers.append(RevisionCondition.tag(stored.revision)) }
    return response
  }
}

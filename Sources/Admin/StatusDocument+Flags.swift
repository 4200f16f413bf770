package import Flags

extension StatusDocument {
  /// A flag in force. The lists are told by their lengths only: they hold user keys.
  package struct FlagState: Codable, Sendable, Equatable {
    package var name: String
    package var enabled: Bool
    /// As the store has it; only where something outranks the store.
    package var storedEnabled: Bool?
    package var percentage: Double
    /// Only where it is not the name.
    package var salt: String?
    /// Only where it is not `turnout`.
    package var hash: String?
    package var allowCount: Int
    package var denyCount: Int
    package var revision: Int
    package var updatedAt: String?
    package var updatedBy: String?
    package var reason: String?

    package init(_ flag: Flag) {
      name = flag.name
      enabled = flag.isEnabled
      percentage = flag.percentage.number
      salt = flag.salt == flag.name ? nil : flag.salt
      hash = flag.hash == .turnout ? nil : flag.hash.rawValue
      allowCount = flag.allow.count
      denyCount = flag.deny.count
      revision = flag.revision
      updatedAt = flag.updatedAt
      updatedBy = flag.updatedBy
      reason = flag.reason
    }

    enum CodingKeys: String, CodingKey {
      case name, enabled, percentage, salt, hash, revision, reason
      case storedEnabled = "stored_enabled"
      case allowCount = "allow_count"
      case denyCount = "deny_count"
      case updatedAt = "updated_at"
      case updatedBy = "updated_by"
    }
  }
}

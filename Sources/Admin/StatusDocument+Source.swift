package import FlagStore

extension StatusDocument {
  /// Where the flags come from, and whether what is there now is in force.
  package struct FlagSource: Codable, Sendable, Equatable {
    /// An absolute path, or the address of a store without its password.
    package var path: String
    /// False: the last good flags stay in force, and `error` says what is wrong with the new ones.
    package var valid: Bool
    package var error: String?
    package var errorSince: String?
    package var rejectedChanges: UInt64
    package var reloads: UInt64
    /// Whether the source cannot be read at all, so that what is in it now is not known.
    package var away: Bool?
    /// Since the source last said what is in force; 0 while it is valid. Like all below and `away`, nil
    /// from an earlier version.
    package var staleSeconds: Int?
    /// Where the flags in force were read: "store", "last-good", "initial".
    package var origin: String?
    /// This proxy's own kill switch; nil while it is off.
    package var localKill: LocalKill?
    /// Whether everyone goes to `legacy` because the store was away for too long.
    package var storeLost: Bool?

    package init(
      path: String, valid: Bool, error: String? = nil, errorSince: String? = nil, rejectedChanges: UInt64 = 0,
      reloads: UInt64 = 0
    ) {
      self.path = path
      self.valid = valid
      self.error = error
      self.errorSince = errorSince
      self.rejectedChanges = rejectedChanges
      self.reloads = reloads
    }

    enum CodingKeys: String, CodingKey {
      case path, valid, error, away, reloads, origin
      case errorSince = "error_since"
      case rejectedChanges = "rejected_changes"
      case staleSeconds = "stale_seconds"
      case localKill = "local_kill"
      case storeLost = "store_lost"
    }
  }
}

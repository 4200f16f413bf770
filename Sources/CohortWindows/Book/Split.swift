package import Flags

/// How a flag splits the users. While it stays the same, everyone stays in the same cohort.
package struct Split: Sendable, Equatable {
  package var isEnabled: Bool
  package var percentage: Percentage
  package var salt: String
  package var hash: HashScheme

  package init(_ flag: Flag) {
    isEnabled = flag.isEnabled
    percentage = flag.percentage
    salt = flag.salt
    hash = flag.hash
  }

  init(isEnabled: Bool, percentage: Percentage, salt: String, hash: HashScheme) {
    self.isEnabled = isEnabled
    self.percentage = percentage
    self.salt = salt
    self.hash = hash
  }

  /// The share of the users in unified, 0 ... 1.
  package var share: Double { isEnabled ? percentage.number / 100 : 0 }

  /// Salts are compared by their bytes, as flags compare them.
  package static func == (one: Split, other: Split) -> Bool {
    one.isEnabled == other.isEnabled && one.percentage == other.percentage && one.hash == other.hash
      && one.salt.utf8.elementsEqual(other.salt.utf8)
  }
}

/// The time during which a split did not change. Moments are milliseconds since 1970, everywhere in this module.
package struct Stage: Sendable, Equatable {
  package var split: Split
  package var from: Int
  /// Of the flag when the stage began.
  package var revision: Int
  /// Whether its beginning was seen: the store changed while this proxy ran. A start, a local kill and its end are no
  /// beginnings for anybody else in the fleet.
  package var isSeen: Bool

  package init(split: Split, from: Int, revision: Int, isSeen: Bool) {
    self.split = split
    self.from = from
    self.revision = revision
    self.isSeen = isSeen
  }
}

/// A change of a flag in force.
package struct Mark: Sendable, Equatable {
  package var at: Int
  package var revision: Int
  package var isEnabled: Bool
  package var percentage: Percentage
  package var by: String?
  package var reason: String?
  /// Of this proxy alone: its kill switch, or the loss of the store.
  package var isLocal: Bool

  package init(
    at: Int, revision: Int, isEnabled: Bool, percentage: Percentage, by: String?, reason: String?, isLocal: Bool
  ) {
    self.at = at
    self.revision = revision
    self.isEnabled = isEnabled
    self.percentage = percentage
    self.by = by
    self.reason = reason
    self.isLocal = isLocal
  }
}

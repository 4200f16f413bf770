/// A flag as its operators see it: who goes to `unified`, and who changed that last.
///
/// Names, salts and user keys are compared byte by byte in UTF-8. What is allowed in them is the store's to check.
public struct Flag: Sendable, Equatable {
  public var name: String

  /// The flag that is meant where none is named.
  public static let standardName = "UNIFIED_CONVERSATION_ENABLED"

  /// False sends everyone to `legacy`, those in `allow` too: the kill switch. The percentage is remembered meanwhile.
  public var isEnabled: Bool
  /// Whether the kill of a disabled flag also closes what is under way to `unified`, instead of letting it finish.
  public var isHardKill: Bool
  public var percentage: Percentage
  /// Put before the user key when it is hashed. Two flags with one salt and one scheme split the users alike, unless the
  /// scheme hashes the name too (LaunchDarkly).
  public var salt: String
  /// How the user key is hashed, and which hashes a percentage takes in.
  public var hash: HashScheme
  /// User keys that go to `unified` whatever their bucket.
  public var allow: [String]
  /// User keys that go to `legacy` whatever their bucket, also when `allow` names them.
  public var deny: [String]
  /// Increases with every edit that is stored; 0 for a flag that was never edited.
  public var revision: Int
  /// RFC 3339 text.
  public var updatedAt: String?
  public var updatedBy: String?
  public var reason: String?

  /// The salt is the name unless given.
  public init(
    name: String, isEnabled: Bool = true, percentage: Percentage, salt: String? = nil, hash: HashScheme = .turnout,
    allow: [String] = [], deny: [String] = [], revision: Int = 0, updatedAt: String? = nil, updatedBy: String? = nil,
    reason: String? = nil, isHardKill: Bool = false
  ) {
    self.name = name
    self.isEnabled = isEnabled
    self.isHardKill = isHardKill
    self.percentage = percentage
    self.salt = salt ?? name
    self.hash = hash
    self.allow = allow
    self.deny = deny
    self.revision = revision
    self.updatedAt = updatedAt
    self.updatedBy = updatedBy
    self.reason = reason
  }

  /// By their bytes, as names, salts and user keys are compared. For Swift two texts are equal also when they write one
  /// character in two ways (Unicode's canonical equivalence), and a change from one to the other would be none.
  public static func == (one: Flag, other: Flag) -> Bool {
    one.isEnabled == other.isEnabled && one.isHardKill == other.isHardKill && one.percentage == other.percentage
      && one.hash == other.hash && one.revision == other.revision && areSame(one.name, other.name)
      && areSame(one.salt, other.salt) && one.allow.elementsEqual(other.allow, by: areSame)
      && one.deny.elementsEqual(other.deny, by: areSame) && areSame(one.updatedAt, other.updatedAt)
      && areSame(one.updatedBy, other.updatedBy) && areSame(one.reason, other.reason)
  }

  private static func areSame(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }

  private static func areSame(_ one: String?, _ other: String?) -> Bool {
    guard let one, let other else { return one == nil && other == nil }
    return areSame(one, other)
  }
}

package import Flags

/// How a flag splits the users. While it is unchanged, every user stays in the same cohort.
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

  /// Compares salts by their bytes, as flags do.
  package static func == (one: Split, other: Split) -> Bool {
    one.isEnabled == other.isEnabled && one.percentage == other.percentage && one.hash == other.hash
      && one.salt.utf8.elementsEqual(other.salt.utf8)
  }
}

/// The time during which a split did not change. Times are milliseconds since 1970 everywhere in this module.
package struct Stage: Sendable, Equatable {
  package var split: Split
  package var from: Int
  /// The flag's revision when the stage began.
  package var revision: Int
  /// Whether this proxy saw the store change. Starts, local kills and their ends begin no stage for other proxies.
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
  /// It concerns this proxy alone: a local kill, or the loss of the store.
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

/// The last 256 stages of a flag by number, and its last 256 marks.
struct StageTable: Sendable {
  static let capacity = 256
  /// The largest stage number accepted from outside, so that there is always a next one.
  static let numberLimit = 1 << 48

  private(set) var stages: [(number: Int, stage: Stage)] = []
  private(set) var marks: [Mark] = []

  var current: (number: Int, stage: Stage)? { stages.last }

  subscript(number: Int) -> Stage? { stages.last { $0.number == number }?.stage }

  /// Returns the number of the new stage.
  @discardableResult
  mutating func begin(_ stage: Stage) -> Int {
    let number = (stages.last?.number ?? 0) + 1
    restore(stage, number: number)
    return number
  }

  /// Adds a stage from disk.
  mutating func restore(_ stage: Stage, number: Int) {
    guard number > stages.last?.number ?? 0 else { return }
    stages.append((number, stage))
    if stages.count > Self.capacity { stages.removeFirst() }
  }

  mutating func add(_ mark: Mark) {
    marks.append(mark)
    if marks.count > Self.capacity { marks.removeFirst() }
  }
}

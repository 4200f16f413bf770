package import Flags

/// What an operator changes about a flag.
package enum FlagEdit: Sendable, Equatable {
  /// A new percentage. A killed flag stays killed and remembers it.
  case set(Percentage)
  /// Everyone to `legacy`; the flag keeps its percentage. `hard`: requests under way to `unified` are closed.
  case kill(hard: Bool = false)
  /// Back to the percentage before the kill.
  case restore
  /// These users always to `unified`, always to `legacy`, or by their bucket again.
  case allow([String])
  case deny([String])
  case forget([String])
  /// A new percentage and, if given, new lists.
  case replace(percentage: Percentage, allow: [String]?, deny: [String]?)

  /// The flag after the edit. The store sets revision, time and author.
  package func apply(to flag: Flag) -> Flag {
    var result = flag
    switch self {
    case .set(let percentage): result.percentage = percentage
    case .kill(let hard):
      result.isHardKill = hard || (!flag.isEnabled && flag.isHardKill)
      result.isEnabled = false
    case .restore: (result.isEnabled, result.isHardKill) = (true, false)
    case .allow(let users):
      result.deny = flag.deny.removing(users)
      result.allow = flag.allow.adding(users)
    case .deny(let users):
      result.allow = flag.allow.removing(users)
      result.deny = flag.deny.adding(users)
    case .forget(let users):
      result.allow = flag.allow.removing(users)
      result.deny = flag.deny.removing(users)
    case .replace(let percentage, let allow, let deny):
      result.percentage = percentage
      result.allow = allow ?? flag.allow
      result.deny = deny ?? flag.deny
    }
    return result
  }

  package var isKill: Bool { if case .kill = self { true } else { false } }

  package var action: AuditEntry.Action {
    switch self {
    case .set: .set
    case .kill: .kill
    case .restore: .restore
    case .allow: .allow
    case .deny: .deny
    case .forget: .forget
    case .replace: .replace
    }
  }

  /// Whether the lists may grow.
  var mayGrow: Bool {
    switch self {
    case .allow, .deny: true
    case .replace(_, let allow, let deny): allow != nil || deny != nil
    case .set, .kill, .restore, .forget: false
    }
  }

  /// The users that the edit names, for the audit trail.
  var users: [String]? {
    switch self {
    case .allow(let users), .deny(let users), .forget(let users): users
    case .set, .kill, .restore, .replace: nil
    }
  }
}

/// Compared by bytes, as workers compare user keys: Swift considers é and e with a combining accent equal.
extension [String] {
  fileprivate func removing(_ users: [String]) -> [String] {
    let gone = Set(users.map { [UInt8]($0.utf8) })
    return filter { !gone.contains([UInt8]($0.utf8)) }
  }

  /// Appends the users that are not in it yet.
  fileprivate func adding(_ users: [String]) -> [String] {
    var known = Set(map { [UInt8]($0.utf8) })
    return self + users.filter { known.insert([UInt8]($0.utf8)).inserted }
  }
}

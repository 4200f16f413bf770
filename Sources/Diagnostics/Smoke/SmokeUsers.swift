package import Flags

/// Users for a path: of those that were named, else of our own, `turnout-smoke`, `turnout-smoke-1` and so on, the first
/// that the flag sends there. None of them has a context yet: what is removed after was made by us.
package struct SmokeUsers: Sendable {
  package static let prefix = "turnout-smoke"
  /// Of one in 100 000 users, a million have one with a probability of 99.995 %.
  static let attempts = 1_000_000

  private let snapshot: FlagSnapshot
  private let named: [String]

  /// - Parameter named: to be taken in the place of our own.
  package init(_ flag: Flag, named: [String]) {
    snapshot = FlagSnapshot(generation: 0, flags: [flag])
    self.named = named
  }

  private var flag: Flag { snapshot.flags[0] }

  private func decide(_ user: String) -> Decision {
    let bytes = Array(user.utf8)
    return unsafe snapshot.decide(flag: 0, user: bytes.span.bytes)
  }

  /// Up to `count` users; at least one.
  package func find(
    _ cohort: Cohort, count: Int = 1, isFree: (String) throws(CheckFault) -> Bool
  ) throws(CheckFault) -> [String] {
    var found: [String] = []
    var busy: String?
    let own = [Self.prefix] + (flag.allow + flag.deny).filter { $0.hasPrefix("\(Self.prefix)-") }
    for user in named.isEmpty ? own : named where decide(user).cohort == cohort && !found.contains(user) {
      if try isFree(user) { found.append(user) } else { busy = user }
      if found.count == count { return found }
    }
    for number in 0..<(named.isEmpty && isByChance(cohort) ? Self.attempts : 0) {
      let user = "\(Self.prefix)-\(number + 1)"
      guard decide(user).cohort == cohort, !found.contains(user) else { continue }
      if try isFree(user) { found.append(user) } else { busy = user }
      if found.count == count { return found }
    }
    guard found.isEmpty else { return found }
    guard let busy else { throw nobody(in: cohort) }
    throw CheckFault(
      "\(busy) has a context already, and what this command makes it removes after",
      advice: named.isEmpty
        ? "Wait until it has expired, or remove the keys of \(busy)." : "Give a --user who has none yet.")
  }

  /// Whether there are users whom their bucket sends there.
  private func isByChance(_ cohort: Cohort) -> Bool {
    switch cohort {
    case .legacy: !flag.isEnabled || flag.percentage.threshold < Percentage.bucketCount
    case .unified: flag.isEnabled && flag.percentage.threshold > 0
    }
  }

  private func nobody(in cohort: Cohort) -> CheckFault {
    guard flag.isEnabled || cohort == .legacy else {
      return CheckFault(
        "\(flag.name) is killed: nobody goes to unified", advice: "When unified may serve again: turnout restore.")
    }
    guard named.isEmpty else {
      let users = named.joined(separator: ", ")
      return CheckFault(
        "none of \(users) goes to \(cohort) at \(flag.percentage) %",
        advice: "Send one there: \(Self.command(cohort, named[0])). Or leave --user out.")
    }
    return CheckFault(
      "at \(flag.percentage) % nobody goes to \(cohort) by chance",
      advice: "Send a user there: \(Self.command(cohort, Self.prefix)); run this again; then "
        + "\(Self.command(cohort, Self.prefix)) --remove.")
  }

  private static func command(_ cohort: Cohort, _ user: String) -> String {
    "turnout \(cohort == .unified ? "allow" : "deny") \(user)"
  }
}

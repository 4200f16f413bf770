package import Conversations
package import Flags

/// Finds users for a cohort: among the named ones or, without any, among `turnout-smoke`, `turnout-smoke-1` and so on,
/// the first that the flag sends there. None of them has a context yet, so the test removes only what it created.
package struct SmokeUsers: Sendable {
  package static let prefix = "turnout-smoke"
  /// At a share of 1 in 100,000 users, a million candidates contain one with a probability of 99.995 %.
  static let attempts = 1_000_000

  private let snapshot: FlagSnapshot
  private let named: [ContextRole: [String]]

  /// - Parameter named: replace the default users, by role; without any, the default users have all roles.
  package init(_ flag: Flag, named: [ContextRole: [String]]) {
    snapshot = FlagSnapshot(generation: 0, flags: [flag])
    self.named = named.filter { !$0.value.isEmpty }
  }

  /// Whether there are users to try this role with.
  package func cover(_ role: ContextRole) -> Bool { named.isEmpty || named[role] != nil }

  private var flag: Flag { snapshot.flags[0] }

  private func decide(_ user: String) -> Decision {
    let bytes = Array(user.utf8)
    return unsafe snapshot.decide(flag: 0, user: bytes.span.bytes)
  }

  /// Up to `count` users; at least one.
  package func find(
    _ cohort: Cohort, _ role: ContextRole = .client, count: Int = 1, isFree: (String) throws(CheckError) -> Bool
  ) throws(CheckError) -> [String] {
    let named = named[role] ?? []
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
    guard let busy else { throw nobody(in: cohort, of: named) }
    throw CheckError(
      "\(busy) already has a context, and this command removes the keys of its users at the end",
      advice: named.isEmpty
        ? "Wait until it expires, or remove the keys of \(busy)." : "Give a --user without a context.")
  }

  /// Whether the percentage sends any user there.
  private func isByChance(_ cohort: Cohort) -> Bool {
    switch cohort {
    case .legacy: !flag.isEnabled || flag.percentage.threshold < Percentage.bucketCount
    case .unified: flag.isEnabled && flag.percentage.threshold > 0
    }
  }

  private func nobody(in cohort: Cohort, of named: [String]) -> CheckError {
    guard flag.isEnabled || cohort == .legacy else {
      return CheckError(
        "\(flag.name) is killed: nobody goes to unified", advice: "Once unified may serve again: turnout restore.")
    }
    guard named.isEmpty else {
      let users = named.joined(separator: ", ")
      return CheckError(
        "none of \(users) goes to \(cohort) at \(flag.percentage) %",
        advice: "Send one there: \(Self.command(cohort, named[0])). Or omit --user.")
    }
    return CheckError(
      "at \(flag.percentage) % the percentage sends nobody to \(cohort)",
      advice: "Send a user there: \(Self.command(cohort, Self.prefix)); run this again; then "
        + "\(Self.command(cohort, Self.prefix)) --remove.")
  }

  private static func command(_ cohort: Cohort, _ user: String) -> String {
    "turnout \(cohort == .unified ? "allow" : "deny") \(user)"
  }
}

package import Flags

/// Whose contexts are migrated.
package enum MigrationSelection: Sendable {
  case everyone
  /// Those whom the flag sends to unified at the second snapshot and did not at the first. Each has one flag.
  /// `longestKey`: in bytes; a longer name is no user key, and goes where users without one go.
  case moved(from: FlagSnapshot, to: FlagSnapshot, longestKey: Int)

  /// Users whose bucket is from `lower` up to, not including, `upper`: by salt and scheme of the flag alone.
  package static func buckets(
    from lower: Percentage, to upper: Percentage, of flag: Flag, longestKey: Int
  ) -> MigrationSelection {
    func bare(_ percentage: Percentage) -> FlagSnapshot {
      FlagSnapshot(
        generation: 0, flags: [Flag(name: flag.name, percentage: percentage, salt: flag.salt, hash: flag.hash)])
    }
    return .moved(from: bare(lower), to: bare(upper), longestKey: longestKey)
  }

  /// Users whom a raise to `percentage` will move. A disabled flag counts as one at 0 %: to enable it moves all of them.
  package static func stage(to percentage: Percentage, of flag: Flag, longestKey: Int) -> MigrationSelection {
    var raised = flag
    raised.isEnabled = true
    raised.percentage = percentage
    return .moved(
      from: FlagSnapshot(generation: 0, flags: [flag]), to: FlagSnapshot(generation: 0, flags: [raised]),
      longestKey: longestKey)
  }

  func contains(_ user: ArraySlice<UInt8>) -> Bool {
    guard case .moved(let before, let after, let longestKey) = self else { return true }
    guard user.count <= longestKey else {
      return after.decideAnonymous(flag: 0).cohort == .unified && before.decideAnonymous(flag: 0).cohort == .legacy
    }
    let bytes = unsafe user.span.bytes
    return after.decide(flag: 0, user: bytes).cohort == .unified
      && before.decide(flag: 0, user: bytes).cohort == .legacy
  }
}

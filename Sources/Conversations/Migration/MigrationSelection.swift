package import Flags

/// The users whose contexts are migrated.
package enum MigrationSelection: Sendable {
  case everyone
  /// The users whom the second snapshot sends to unified and the first does not. Each has one flag. `longestKey`: in bytes;
  /// a longer name is not a user key, so its user is anonymous for the proxy.
  case moved(from: FlagSnapshot, to: FlagSnapshot, longestKey: Int)

  /// The users whose bucket is in `lower ..< upper`, by the salt and the scheme of the flag alone.
  package static func buckets(
    from lower: Percentage, to upper: Percentage, of flag: Flag, longestKey: Int
  ) -> MigrationSelection {
    func bare(_ percentage: Percentage) -> FlagSnapshot {
      FlagSnapshot(
        generation: 0, flags: [Flag(name: flag.name, percentage: percentage, salt: flag.salt, hash: flag.hash)])
    }
    return .moved(from: bare(lower), to: bare(upper), longestKey: longestKey)
  }

  /// The users whom a raise to `percentage` moves to unified. A disabled flag counts as 0 %.
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

extension MigrationSelection {
  /// The users whom the flag sends to a cohort now, by lists and bucket.
  package static func sent(to cohort: Cohort, by flag: Flag, longestKey: Int) -> MigrationSelection {
    var nobody = flag
    nobody.isEnabled = false
    let everybody = Flag(name: flag.name, percentage: .full, salt: flag.salt, hash: flag.hash)
    let (before, after) = cohort == .unified ? (nobody, flag) : (flag, everybody)
    return .moved(
      from: FlagSnapshot(generation: 0, flags: [before]), to: FlagSnapshot(generation: 0, flags: [after]),
      longestKey: longestKey)
  }

  func contains(_ owner: ContextOwner) -> Bool { contains(Array(owner.user.utf8)[...]) }
}

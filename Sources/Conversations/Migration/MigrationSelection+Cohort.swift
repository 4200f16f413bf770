package import Flags

extension MigrationSelection {
  /// Those whom the flag sends there now, by lists and bucket.
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

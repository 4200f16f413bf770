import Conversations
import FlagStore
import Flags

/// Whether the keys of a layout may go: whether anybody still needs them, and whether a way back was kept for long enough.
struct CleanupGate {
  /// How long the legacy contexts are kept after the last stage: 7 days, as the migration guide has it.
  static let keptSeconds = 7 * 86_400

  let layout: ContextLayout
  /// Nil when it cannot be read.
  let flag: Flag?
  /// The newest first.
  let trail: [AuditEntry]
  /// How many running proxies have a kill switch of their own set.
  var killedLocally = 0
  /// Seconds since 1970.
  let now: Int

  /// What speaks against it, each a sentence; empty when nothing does.
  var objections: [String] {
    guard let flag else { return ["the flag cannot be read, so that nobody knows which layout is in use"] }
    return layout == .legacy ? legacyObjections(flag) : unifiedObjections(flag)
  }

  private func unifiedObjections(_ flag: Flag) -> [String] {
    guard flag.isEnabled else { return [] }
    var objections: [String] = []
    if flag.percentage.threshold > 0 {
      objections.append("\(flag.name) sends \(flag.percentage) % of all users to unified; turnout kill ends that")
    }
    if !flag.allow.isEmpty {
      objections.append(
        "\(flag.name) sends \(counted(flag.allow.count, "user")) to unified by name (turnout allow --remove)")
    }
    return objections
  }

  private func legacyObjections(_ flag: Flag) -> [String] {
    var objections: [String] = []
    if !flag.isEnabled {
      objections.append("\(flag.name) is killed: everyone is served from legacy")
    } else if flag.percentage.threshold < Percentage.full.threshold {
      objections.append("\(flag.name) is at \(flag.percentage) %: the others are served from legacy")
    }
    if !flag.deny.isEmpty {
      objections.append(
        "\(flag.name) keeps \(counted(flag.deny.count, "user")) in legacy by name (turnout deny --remove)")
    }
    if killedLocally > 0 {
      objections.append(
        "\(counted(killedLocally, "prox", one: "y", many: "ies")) sends everyone to legacy by its own kill switch")
    }
    if objections.isEmpty { objections += ageObjection(flag) }
    return objections
  }

  private func ageObjection(_ flag: Flag) -> [String] {
    guard let since = Self.completeSince(flag, trail) else {
      return ["nothing is recorded of when \(flag.name) came to 100 %, so that 7 days cannot be told"]
    }
    let age = now - since
    guard age < Self.keptSeconds else { return [] }
    return [
      "\(flag.name) has been at 100 % since \(Timestamp.text(seconds: since)), for less than 7 days: until then legacy is the way back"
    ]
  }

  /// Since when the split has sent everyone to unified, as far as the trail goes back. Seconds since 1970.
  ///
  /// Lists do not count: one user who was tried out on legacy does not take the way back from all the others. Whom `deny`
  /// names now is an objection of its own.
  static func completeSince(_ flag: Flag, _ trail: [AuditEntry]) -> Int? {
    var since: Int?
    for entry in trail where entry.flag == flag.name {
      guard sendsAll(entry.after), entry.action != .deleted else { break }
      guard let at = Timestamp.seconds(entry.at) else { break }
      since = at
      if let before = entry.before, !sendsAll(before) { break }
    }
    return since
  }

  private static func sendsAll(_ state: AuditEntry.State) -> Bool {
    state.enabled && state.percentage >= 100
  }
}

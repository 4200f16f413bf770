import Conversations
import FlagStore
import Flags

/// The safety checks of `turnout cleanup`: nobody uses the layout any more, and a rollback was possible for long enough.
struct CleanupGate {
  /// How long legacy contexts must be kept after the flag has reached 100 %: 7 days, from the migration guide.
  static let keptSeconds = 7 * 86_400

  let layout: ContextLayout
  /// Nil if it cannot be read.
  let flag: Flag?
  /// Newest first.
  let trail: [AuditEntry]
  /// How many running proxies are killed locally.
  var killedLocally = 0
  /// Seconds since 1970.
  let now: Int

  /// The reasons to refuse, one sentence each; empty if it is safe.
  var objections: [String] {
    guard let flag else { return ["the flag cannot be read, so it is not known which layout is in use"] }
    return layout == .legacy ? legacyObjections(flag) : unifiedObjections(flag)
  }

  private func unifiedObjections(_ flag: Flag) -> [String] {
    guard flag.isEnabled else { return [] }
    var objections: [String] = []
    if flag.percentage.threshold > 0 {
      objections.append("\(flag.name) sends \(flag.percentage) % of all users to unified (turnout kill)")
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
      objections.append("\(flag.name) is at \(flag.percentage) %: the other users are served from legacy")
    }
    if !flag.deny.isEmpty {
      objections.append(
        "\(flag.name) keeps \(counted(flag.deny.count, "user")) in legacy by name (turnout deny --remove)")
    }
    if killedLocally > 0 {
      objections.append(
        "\(counted(killedLocally, "proxy is", "proxies are")) killed locally and send everyone to legacy")
    }
    if objections.isEmpty { objections += ageObjection(flag) }
    return objections
  }

  private func ageObjection(_ flag: Flag) -> [String] {
    guard let since = Self.completeSince(flag, trail) else {
      return ["it is not recorded when \(flag.name) reached 100 %, so the 7 days cannot be checked"]
    }
    let age = now - since
    guard age < Self.keptSeconds else { return [] }
    return [
      "\(flag.name) has been at 100 % only since \(Timestamp.text(seconds: since)), less than 7 days: a rollback needs the legacy contexts"
    ]
  }

  /// Since when the split has sent everyone to unified, as far as the trail goes back, in seconds since 1970.
  ///
  /// Lists do not count: a single user who was tried on legacy does not restart the 7 days for all others. Users on the
  /// deny list now are a separate objection.
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

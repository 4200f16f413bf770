import ArgumentParser
import Configuration
import Conversations
import FlagStore
import Flags
import Redis

/// `turnout kill --preview`: reports what users would lose, and writes nothing.
struct KillPreviewRun {
  var contexts: ContextOptions
  var options: ChangeOptions

  func run() throws { try options.output.explainingFailures { try preview() } }

  private func preview() throws {
    let system = try options.system.locate()
    let flag = try options.flag.read(from: system.flags.source)
    let location = try contexts.location(in: system)
    let walk = try ContextWalk("preview", report: nil)
    // For a killed flag, the users whom it would send to unified: only they can have been there.
    var enabled = flag
    enabled.isEnabled = true
    let users = MigrationSelection.sent(to: .unified, by: enabled, longestKey: FlagLimits.userBytes)
    let layout = try contexts.layout(in: system)
    if !layout.isStandard {
      let result: Result<KillPreview.Losses, MigrationError>
      do throws(MigrationError) {
        result = .success(
          try LayoutPreview(location, layout, users: users).run(isCancelled: { walk.isInterrupted }) { losses, share in
            walk.reach(seen: losses.users, unreadable: losses.unreadable, share: share)
          })
      } catch { result = .failure(error) }
      walk.end()
      return try conclude(result, walk, location, flag)
    }
    let preview = KillPreview(users: users)
    let result = walk.run(location, as: "turnout-preview") { (connection) throws(MigrationError) in
      do throws(RedisError) {
        return try preview.run(on: &connection, isCancelled: { walk.isInterrupted }) { losses, share in
          walk.reach(seen: losses.users, unreadable: losses.unreadable, share: share)
        }
      } catch { throw .redis(error) }
    }
    try conclude(result, walk, location, flag)
  }

  private func conclude(
    _ result: Result<KillPreview.Losses, MigrationError>, _ walk: ContextWalk, _ location: ContextLocation,
    _ flag: Flags.Flag
  ) throws {
    switch result {
    case .failure(let error): throw failure(.failed, "\(error). Nothing was changed.")
    case .success where walk.isInterrupted: throw failure(.failed, "Interrupted. Nothing was changed.")
    case .success(let losses):
      let report = TallyReport.killPreview(losses, redis: location.description, flag, commands(flag, losses))
      try options.output.print(report, else: report.text)
      if losses.users + losses.outside + losses.unreadable == 0 {
        ContextWalk.warnNothingFound("conversations", [], in: location)
      }
    }
  }

  /// The command lines that kill, and that bring back what is kept.
  private func commands(_ flag: Flags.Flag, _ losses: KillPreview.Losses) -> [String] {
    let typed = options.system.typed + (options.flag.flag.map { " --flag \(Shell.quoted($0))" } ?? "")
    let redis = contexts.redis.map { " --redis \(Shell.quoted(RedisText.masked($0)))" } ?? ""
    let layout = contexts.layout.map { " --layout \(Shell.quoted($0))" } ?? ""
    let reverse = "turnout migrate --reverse" + typed + redis + layout
    return flag.isEnabled ? ["turnout kill" + typed, reverse] : losses.losing > 0 ? [reverse] : []
  }
}

extension TallyReport {
  /// What users would lose if everyone went to legacy now or, for a killed flag, what they miss there.
  static func killPreview(
    _ losses: KillPreview.Losses, redis: String, _ flag: Flags.Flag, _ commands: [String]
  ) -> TallyReport {
    let isKilled = !flag.isEnabled
    let gone = losses.messages - losses.kept
    var heading = ["If \(flag.name) were killed now (nothing was changed):"]
    var next = losses.losing == 0 ? "Nobody would lose anything. To kill:" : "To kill, then bring back what is kept:"
    if isKilled {
      let missed =
        losses.losing == 0
        ? "Nobody misses anything."
        : "\(counted(losses.losing, "user misses", "users miss")) \(counted(losses.messages, "message"))."
      heading =
        Column.wrapped("\(flag.name) is killed already; nothing was changed.", 80)
        + Column.wrapped("\(missed) Users whom the flag would send to unified:", 80)
      next = "To bring back what is kept:"
    }
    return TallyReport(
      redis: redis, heading: heading,
      rows: [
        Row(
          key: "users", label: "users", count: losses.users, note: "have a conversation on unified", isRequired: true),
        Row(
          key: "users_losing", label: isKilled ? "users who miss" : "users who lose", count: losses.losing,
          note: isKilled ? "miss something on legacy" : "would lose something", isRequired: true),
        Row(
          key: "messages", label: "messages", count: losses.messages, note: "that legacy does not have",
          isRequired: true),
        Row(
          key: "messages_kept", label: "of these kept", count: losses.kept,
          note: "come back with turnout migrate --reverse", isRequired: true),
        Row(
          key: "messages_gone", label: "of these gone", count: gone,
          note: losses.blocked > 0 ? "do not come back" : "older than the last 10 of their conversation",
          isRequired: true),
        Row(
          key: "tasks", label: "users in a task", count: losses.tasks, note: "are in the middle of several steps",
          isRequired: true),
        Row(
          key: "blocked", label: "unreadable legacy", count: losses.blocked,
          note: "legacy values that are invalid: nothing can be written back into them"),
        Row(key: "unreadable", label: "unreadable unified", count: losses.unreadable, note: "invalid conversations"),
      ], notes: commands.isEmpty ? [] : [next] + commands.map { "  \($0)" },
      members: ["flag": flag.name, "killed": isKilled, "commands": commands])
  }
}

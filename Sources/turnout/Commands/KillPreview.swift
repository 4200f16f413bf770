import ArgumentParser
import Configuration
import Conversations
import FlagStore
import Flags
import Redis

/// `turnout kill --preview`: looks, and writes nothing.
struct KillPreviewRun {
  var contexts: ContextOptions
  var options: ChangeOptions

  func run() throws { try options.output.explained { try look() } }

  private func look() throws {
    let system = try options.system.locate()
    let source = system.flags.source
    let flag = try options.flag.read(from: source)
    let place = try contexts.place(in: system)
    let walk = try ContextWalk("preview", report: nil)
    // Of a killed flag those whom it remembers: nobody else can have been on unified.
    var asked = flag
    asked.isEnabled = true
    let preview = KillPreview(users: .sent(to: .unified, by: asked, longestKey: FlagLimits.userBytes))
    let result = walk.run(place, as: "turnout-preview") { (connection) throws(MigrationFailure) in
      do throws(RedisError) {
        return try preview.run(on: &connection, isCancelled: { walk.isInterrupted }) { losses, share in
          walk.reach(seen: losses.users, unreadable: losses.unreadable, share: share)
        }
      } catch { throw .redis(error) }
    }
    switch result {
    case .failure(let fault): throw failure(.failed, "\(fault). Nothing was changed.")
    case .success where walk.isInterrupted: throw failure(.failed, "Interrupted. Nothing was changed.")
    case .success(let losses):
      let typed = options.system.typed + (options.flag.flag.map { " --flag \(Shell.quoted($0))" } ?? "")
      let redis = contexts.redis.map { " --redis \(Shell.quoted(RedisText.masked($0)))" } ?? ""
      let reverse = "turnout migrate --reverse" + typed + redis
      let commands = flag.isEnabled ? ["turnout kill" + typed, reverse] : losses.losing > 0 ? [reverse] : []
      let report = KillPreviewReport(
        losses, redis: place.description, flag: flag.name, killed: !flag.isEnabled, commands: commands)
      if options.output.json { try JSONOutput.print(report) } else { Console.write(report.text) }
      if losses.users + losses.passedOver + losses.unreadable == 0 {
        LookedIn(place: place).sayNothingFound("conversation", nil)
      }
    }
  }
}

/// What users would lose if everybody went to legacy now, or, where the flag is killed, what they miss there.
struct KillPreviewReport: Encodable {
  var redis: String
  var flag: String
  /// Already: then users are those whom the flag would send to unified.
  var killed: Bool
  /// With a conversation on unified.
  var users: Int
  var usersLosing: Int
  var messages: Int
  /// Of the messages: those that the reverse migration brings back, and those that are kept nowhere.
  var messagesKept: Int
  var messagesGone: Int
  var tasks: Int
  var blocked: Int
  var unreadable: Int
  var commands: [String]

  enum CodingKeys: String, CodingKey {
    case redis, flag, killed, users, messages, tasks, blocked, unreadable, commands
    case usersLosing = "users_losing"
    case messagesKept = "messages_kept"
    case messagesGone = "messages_gone"
  }

  init(_ losses: KillPreview.Losses, redis: String, flag: String, killed: Bool, commands: [String]) {
    (self.redis, self.flag, self.killed) = (redis, flag, killed)
    users = losses.users
    usersLosing = losses.losing
    messages = losses.messages
    messagesKept = losses.kept
    messagesGone = losses.messages - losses.kept
    tasks = losses.tasks
    blocked = losses.blocked
    unreadable = losses.unreadable
    self.commands = commands
  }

  var text: String {
    var rows: [(Int, String)] = [
      (users, "users have a conversation on unified"),
      (usersLosing, killed ? "of them miss something on legacy" : "of them would lose something"),
      (messages, "messages that legacy does not have"),
      (messagesKept, "of these are kept, and come back with the \(killed ? "" : "second ")command below"),
      (messagesGone, "of these are gone: older than the last 10 of their conversation"),
      (tasks, "users are in the middle of a task"),
    ]
    if blocked > 0 {
      rows[4].1 = "of these do not come back"
      rows.append((blocked, "legacy values cannot be read: nothing goes back into them"))
    }
    if unreadable > 0 { rows.append((unreadable, "conversations cannot be read")) }
    let width = rows.map { "\($0.0)".count }.max() ?? 1
    let table = rows.map { "  \(Column.right("\($0.0)", width))  \($0.1)\n" }.joined()
    return LookedIn.heading(redis) + heading + table + (commands.isEmpty ? "" : next)
      + commands.map { "  \($0)\n" }.joined()
  }

  private var heading: String {
    guard killed else { return "If \(flag) were killed now (nothing was changed):\n" }
    let who = "\(counted(usersLosing, "user")) miss\(usersLosing == 1 ? "es" : "")"
    let lost = usersLosing == 0 ? "Nobody misses anything" : "\(who) \(counted(messages, "message")) now"
    return ["\(flag) is killed already; nothing was changed.", "\(lost). Of those whom it would send to unified:"]
      .flatMap { Column.wrapped($0, 80) }.map { $0 + "\n" }.joined()
  }

  private var next: String {
    if killed { return "To bring back what is kept:\n" }
    return usersLosing == 0 ? "Nobody would lose anything. To do it:\n" : "To do it, and to bring back what is kept:\n"
  }
}

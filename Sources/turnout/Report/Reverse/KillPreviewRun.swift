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

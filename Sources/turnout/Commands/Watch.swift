import Admin
import ArgumentParser
import Bytes
import Configuration
import FoundationEssentials
import Glibc
import HTTPClient
import Reactor

/// Shows the comparison live.
struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "watch", "Watch both cohorts live in the terminal: rates, errors, latency and the comparison.",
    usage: "[--interval <duration>] [<options>]",
    discussion: """
      Keys: q quits, s switches between this stage and the last 15 minutes, k shows the command that kills. NO_COLOR \
      turns colours off. Without a terminal it prints one line per interval.
      """,
    examples: [
      "turnout watch",
      "turnout watch --interval 5s --flag CHECKOUT",
      "turnout watch --interval 1m > rollout.log",
    ])

  @Option(
    help: ArgumentHelp("How often to refresh, from 200ms to 1h. Default: 1s.", valueName: "duration"),
    transform: DurationArgument.within(.milliseconds(200) ... .seconds(3_600)))
  var interval = DurationArgument(.seconds(1))

  @OptionGroup(title: "Which flag") var flag: FlagOptions
  @OptionGroup(title: "Which system") var system: SystemOptions

  func run() throws {
    let query = ComparisonQuery(flag: try flag.givenName(), scope: .stage)
    let address = HTTPEndpoint.Address(try system.port(of: try system.locateAdmin()))
    let kind = TerminalKind(SystemOptions.variable)
    do throws(SystemError) {
      let feed = try WatchFeed(AdminClient(address), query, interval: interval.duration)
      guard kind.isAddressable, let terminal = Terminal() else { log(feed) }
      let inbox = try SignalInbox(WatchLoop.signals)
      let state = WatchState(
        now: WallClock.seconds(), address: "\(address)", systemOptions: system.typed, isUnicode: kind.isUnicode)
      try feed.start()
      var loop = WatchLoop(feed: feed, inbox: inbox, terminal: terminal, state: state, hasColour: kind.hasColour)
      Console.write(loop.run())
    } catch {
      throw failure(.failed, "\(error)")
    }
  }

  private func log(_ feed: WatchFeed) -> Never {
    var log = WatchLog()
    while true {
      let next = Deadline(after: interval.duration)
      feed.refresh()
      Console.write(log.lines(of: feed.latest, now: WallClock.seconds()))
      usleep(UInt32(clamping: next.remaining.nanoseconds / 1_000))
    }
  }
}

/// `turnout watch` without a terminal: one line per interval, and the sentence whenever the verdict changes.
///
///     2026-03-01T09:30:00Z 10 % stage 2 h 5 min, legacy 123,456 requests 0.12 % errors p95 45.2 ms, unified ..., safe
struct WatchLog {
  private var verdict: String?

  init() {}

  /// The lines for one refresh.
  mutating func lines(of update: WatchFeed.Update, now: Int) -> String {
    let time = Date(timeIntervalSince1970: Double(now)).formatted(.iso8601)
    if let error = update.error { return "\(time) NO COMPARISON: \(Console.printable(error.description))\n" }
    guard let document = update.comparison else { return "" }
    let state = document.enabled ? "\(StatusReport.percentage(document.percentage)) %" : "KILLED"
    let verdict = ComparisonTable.shown(document.verdict) + (document.sampleRatio.off ? ", SPLIT IS OFF" : "")
    let duration = NumberText.duration(seconds: Int(clamping: Int64(exactly: document.seconds.rounded()) ?? 0))
    let silent = document.silentProxies.isEmpty ? "" : ", \(document.silentProxies.count) silent"
    let line = [
      "\(time) \(state) \(document.scope == "stage" ? "stage" : "last") \(duration)\(silent)",
      Self.text("legacy", document.legacy), Self.text("unified", document.unified), verdict,
    ].joined(separator: ", ")
    defer { self.verdict = verdict }
    return line + "\n" + (verdict == self.verdict ? "" : "\(time) \(Console.printable(document.sentence))\n")
  }

  private static func text(_ name: String, _ figures: ComparisonDocument.Figures) -> String {
    let errors = NumberText.percent(figures.errorRate, decimals: 3)
    return
      "\(name) \(NumberText.count(figures.requests)) requests \(errors) errors p95 \(NumberText.milliseconds(figures.p95))"
  }
}

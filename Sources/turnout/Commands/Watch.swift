import Admin
import ArgumentParser
import Bytes
import Configuration
import FoundationEssentials
import Glibc
import HTTPClient
import Reactor

/// The comparison, live.
struct Watch: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Watch both cohorts live in the terminal: rates, errors, latency, the comparison and its verdict.",
    discussion: """
      Keys: q quits, s changes between this stage and the last 15 minutes, k shows the command that kills. Colour only \
      where NO_COLOR is not set. Where input or output is no terminal, it prints a line for each interval instead.
      """)

  @Option(help: ArgumentHelp("How often to ask: 500ms, 1s, 1m.", valueName: "time"))
  var interval = WatchInterval(nanoseconds: 1_000_000_000)

  @OptionGroup var flag: ComparedFlag
  @OptionGroup var system: SystemOptions

  func run() throws {
    let name = try flag.name()
    let address = HTTPEndpoint.Address(try system.port(of: try system.locateAdmin()))
    let question = ComparisonQuery(flag: name, scope: .stage)
    let kind = TerminalKind(SystemOptions.variable)
    do throws(SystemError) {
      let feed = try WatchFeed(AdminClient(address), question, interval: interval.nanoseconds)
      guard kind.isAddressable, let terminal = Terminal() else { log(feed) }
      let inbox = try SignalInbox(WatchLoop.signals)
      let state = WatchState(
        now: WallClock.seconds(), place: "\(address)", systemOptions: system.typed, isUnicode: kind.isUnicode)
      _ = try WorkerThread(name: "watch") { feed.run() }
      var loop = WatchLoop(feed: feed, inbox: inbox, terminal: terminal, state: state, hasColour: kind.hasColour)
      Console.write(loop.run())
    } catch {
      throw failure(.failed, "\(error)")
    }
  }

  private func log(_ feed: WatchFeed) -> Never {
    var log = WatchLog()
    while true {
      let next = MonotonicClock.now() &+ interval.nanoseconds
      feed.askOnce()
      Console.write(log.lines(of: feed.news, now: WallClock.seconds()))
      let now = MonotonicClock.now()
      if next > now { usleep(UInt32(clamping: (next &- now) / 1_000)) }
    }
  }
}

/// Written as durations in turnout.yaml are.
struct WatchInterval: ExpressibleByArgument, Equatable {
  var nanoseconds: UInt64

  init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  init?(argument: String) {
    guard let parsed = DurationText.parse(argument), (200_000_000...3_600_000_000_000).contains(parsed) else {
      return nil
    }
    nanoseconds = parsed
  }

  var defaultValueDescription: String { DurationText.text(nanoseconds) }
}

/// `turnout watch` where nobody looks at a terminal: a line for each interval, and the sentence whenever the verdict
/// changes, for logs.
///
///     2026-03-01T09:30:00Z 10 % stage 2 h 5 min, legacy 123,456 requests 0.12 % errors p95 45.2 ms, unified ..., safe
struct WatchLog {
  private var verdict: String?

  init() {}

  /// What to print of one attempt.
  mutating func lines(of news: WatchFeed.News, now: Int) -> String {
    let time = Date(timeIntervalSince1970: Double(now)).formatted(.iso8601)
    if let error = news.trouble { return "\(time) NO COMPARISON: \(Console.printable(error.description))\n" }
    guard let document = news.comparison else { return "" }
    let state = document.enabled ? "\(StatusReport.percentage(document.percentage)) %" : "KILLED"
    let verdict = ComparisonTable.shown(document.verdict) + (document.sampleRatio.off ? ", SPLIT IS OFF" : "")
    let duration = Column.duration(seconds: Int(clamping: Int64(exactly: document.seconds.rounded()) ?? 0))
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

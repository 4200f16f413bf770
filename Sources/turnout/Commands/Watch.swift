import ArgumentParser
import Configuration
import Glibc
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
    let place = AdminEndpoint.tcp(try system.port(of: try system.locateAdmin()))
    let question = ComparisonQuery(flag: name, scope: .stage)
    let kind = TerminalKind(SystemOptions.variable)
    do throws(SystemError) {
      let feed = try WatchFeed(AdminClient(place), question, interval: interval.nanoseconds)
      guard kind.isAddressable, let terminal = Terminal() else { log(feed) }
      let inbox = try SignalInbox(WatchLoop.signals)
      let state = WatchState(
        now: WallClock.seconds(), place: "\(place)", systemOptions: system.typed, isUnicode: kind.isUnicode)
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

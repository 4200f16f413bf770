import ArgumentParser
import Configuration

/// What all commands that change a flag have in common.
struct ChangeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Why, for those who look later.", valueName: "text"))
  var reason: String?

  @Option(help: ArgumentHelp("Only if the flag is at this revision; else exit with 3.", valueName: "revision"))
  var ifRevision: Int?

  @Option(help: ArgumentHelp("How long the proxy may take to confirm: 500ms, 2s; 0s does not wait.", valueName: "time"))
  var wait = WaitTime(nanoseconds: 2_000_000_000)

  @OptionGroup var flag: FlagOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions
}

/// Written as durations in turnout.yaml are.
struct WaitTime: ExpressibleByArgument, Equatable {
  var nanoseconds: UInt64

  init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  init?(argument: String) {
    guard let parsed = DurationText.parse(argument), parsed <= 3_600_000_000_000 else { return nil }
    nanoseconds = parsed
  }

  var defaultValueDescription: String { DurationText.text(nanoseconds) }
}

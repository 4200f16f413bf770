public import ArgumentParser
import Configuration
import FlagStore
import Flags

/// A new percentage.
struct SetPercentage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Set the percentage of users that go to unified.",
    discussion: """
      Raising it moves nobody out of unified; lowering it moves out those who came in last. A killed flag stays killed \
      and remembers the new percentage for turnout restore. To raise it by more than flag_store.largest_step points at \
      once needs --yes.
      """)

  @Argument(help: "From 0 to 100, with up to three decimals.")
  var percent: Percentage

  @ArgumentParser.Flag(help: "However large the step is.")
  var yes = false

  @OptionGroup var options: ChangeOptions

  func run() throws {
    try FlagChange(.set(percent), options, isCertain: yes).run()
  }
}

extension Percentage: ExpressibleByArgument {
  package init?(argument: String) {
    guard let percentage = PercentageText.parse(argument) else { return nil }
    self = percentage
  }
}

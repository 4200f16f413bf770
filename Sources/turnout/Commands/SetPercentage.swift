public import ArgumentParser
import Configuration
import FlagStore
import Flags

/// Sets the percentage.
struct SetPercentage: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "set", "Set the percentage of users that go to unified.",
    usage: "<percent> [--reason <text>] [--yes] [<options>]",
    discussion: """
      Raising the percentage never moves a user out of unified; lowering it moves out those who came in last. A killed \
      flag stays killed and remembers the new percentage for turnout restore. Raising it by more than \
      flag_store.largest_step points at once requires --yes.
      """,
    examples: [
      #"turnout set 10 --reason "first tenth""#,
      "turnout set 12.5 --if-revision 4",
      "turnout set 100 --yes --wait 10s",
    ])

  @Argument(help: "From 0 to 100, with up to three decimals.")
  var percent: Percentage

  @ArgumentParser.Flag(help: "Skip the step-size limit.")
  var yes = false

  @OptionGroup var options: ChangeOptions

  func run() throws {
    try FlagChange(.set(percent), options, skipsStepLimit: yes).run()
  }
}

extension Percentage: ExpressibleByArgument {
  package init?(argument: String) {
    guard let percentage = PercentageText.parse(argument) else { return nil }
    self = percentage
  }
}

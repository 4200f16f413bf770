import ArgumentParser
import Configuration
import Diagnostics
import FlagStore

/// Runs the smoke test of the migration guide on both cohorts.
struct Smoke: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "smoke", "Send three messages through the proxy to each cohort, then check the keys in Redis.",
    usage: "[--proxy <http://host:port>] [--keep] [<options>]",
    discussion: """
      Checks the responses, the keys and their TTL, for customers and admins, on legacy and unified. The test users are \
      turnout-smoke-1 and so on: the first ones that the flag sends to each cohort. For an application with logins of its \
      own, name its users (--user, or chat.users in turnout.yaml). Their keys are removed afterwards. Exit \
      status: 0 all passed; 12 a check failed.
      """,
    examples: [
      "turnout smoke",
      "turnout smoke --user '0f6d2a10=Cookie: PHPSESSID=abc' --keep",
      "turnout smoke --proxy http://10.0.0.7:8080 --json",
    ])

  @Flag(help: "Leave the keys in Redis.")
  var keep = false

  @OptionGroup(title: "Requests") var chat: ChatOptions
  @OptionGroup(title: "Which contexts") var contexts: ContextOptions
  @OptionGroup(title: "Which flag") var flag: FlagOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let configuration = try system.locate()
    let flag = try flag.read(from: configuration.flags.source)
    let layout = try contexts.layout(in: configuration)
    var test = SmokeTest(
      try chat.requests(configuration), users: try chat.users(flag, configuration),
      probe: ContextProbe(try contexts.location(in: configuration), layout), lifetimes: try contexts.lifetimes(layout))
    test.keepsKeys = keep
    try DiagnosticsRun.run(test.checks, json: output.json)
  }
}

import ArgumentParser
import Configuration
import Conversations
import Diagnostics
import FlagStore
import Flags
import FoundationEssentials
import MySQL
import Reactor

/// Runs the checks of section 5 of the migration guide on the running system.
struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "validate", "Check the migrated system: functions, response times, edge cases.",
    usage: "[--p95 <duration>] [--cohort <cohort>] [<options>]",
    discussion: """
      Sends about 1200 messages through the proxy, most of them for the response times (--requests). The test users are \
      turnout-smoke-1 and so on; their keys are removed afterwards. Exit status: 0 all passed; 12 a check failed.
      """,
    examples: [
      "turnout validate",
      "turnout validate --p95 300ms --requests 1000",
      "turnout validate --cohort legacy --json",
    ])

  @Option(
    help: ArgumentHelp("The cohort whose functions and edge cases are checked.", valueName: "cohort"))
  var cohort = ValidatedCohort.unified

  @Option(help: ArgumentHelp("Requests to each cohort for the response times.", valueName: "number"))
  var requests = Validation.Load().requests

  @Option(help: ArgumentHelp("How many requests at a time.", valueName: "number"))
  var concurrency = Validation.Load().concurrency

  @Option(
    name: .customLong("p95"),
    help: ArgumentHelp("The bound for the p95 response time. Default: 200ms.", valueName: "duration"),
    transform: DurationArgument.within(.zero ... .seconds(3_600)))
  var bound = DurationArgument(Validation.Load().p95)

  @Option(
    help: ArgumentHelp(
      "The application's MySQL, to count queries: mysql://USER:PASSWORD@HOST/DATABASE. Needs no privileges.",
      valueName: "address"))
  var mysql: String?

  @Option(
    help: ArgumentHelp(
      "A dialogue of several steps, one per line: \"message => text in the reply\".", valueName: "file"),
    completion: .file())
  var steps: String?

  @Option(help: ArgumentHelp("An instance of the application without Redis.", valueName: "http://host:port"))
  var degradedUrl: String?

  @Option(
    help: ArgumentHelp(
      "Start such an instance; {port} and {redis} are its port and the address of its Redis.", valueName: "command"))
  var upstreamCommand: String?

  @OptionGroup(title: "Requests") var chat: ChatOptions
  @OptionGroup(title: "Which contexts") var contexts: ContextOptions
  @OptionGroup(title: "Which flag") var flag: FlagOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func validate() throws {
    guard (1...1_000_000).contains(requests) else {
      throw ValidationError("--requests: expected a number from 1 to 1000000.")
    }
    guard (1...256).contains(concurrency) else {
      throw ValidationError("--concurrency: expected a number from 1 to 256.")
    }
    guard degradedUrl == nil || upstreamCommand == nil else {
      throw ValidationError("--degraded-url and --upstream-command exclude each other.")
    }
  }

  func run() throws {
    let configuration = try system.locate()
    let flag = try flag.read(from: configuration.flags.source)
    let layout = try contexts.layout(in: configuration)
    var validation = Validation(
      try chat.requests(configuration), users: try chat.users(flag, configuration),
      probe: ContextProbe(try contexts.location(in: configuration), layout), lifetimes: try contexts.lifetimes(layout))
    // The standard dialogue is that of the sample application.
    if !layout.isStandard { validation.steps = [] }
    validation.cohort = cohort == .unified ? .unified : .legacy
    validation.load.requests = requests
    validation.load.concurrency = concurrency
    validation.load.p95 = bound.duration
    validation.mysql = try mysql.map { text in try orFail(.usage, "--mysql") { try MySQLAddress(parsing: text) } }
    if let steps { validation.steps = try read(steps) }
    validation.degraded = try degraded
    try DiagnosticsRun.run(validation.checks, json: output.json)
  }

  private var degraded: DegradedUpstream? {
    get throws {
      if let upstreamCommand { return .command(upstreamCommand) }
      return try degradedUrl.map { .url(try ChatOptions.endpoint($0, of: "--degraded-url")) }
    }
  }

  private func read(_ path: String) throws -> [ChatStep] {
    guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= 1 << 20 else {
      throw failure(.configuration, "\(path): cannot be read, or larger than 1 MiB")
    }
    let steps = ChatStep.parse(String(decoding: data, as: UTF8.self))
    guard !steps.isEmpty else { throw failure(.configuration, "\(path): contains no step") }
    return steps
  }
}

enum ValidatedCohort: String, ExpressibleByArgument, CaseIterable {
  case unified, legacy
}

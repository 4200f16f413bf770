import ArgumentParser
import Configuration
import Diagnostics
import FlagStore
import Flags
import FoundationEssentials
import MySQL

/// Section 5 of the guide, on the running system.
struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that the migrated system does what it should: functions, times, edge cases.",
    discussion: """
      With users of its own, turnout-smoke-1 and so on, through the proxy; their keys are removed after. About 1200 \
      messages are sent, most of them for the times: --requests.
      """)

  @Option(
    help: ArgumentHelp("The path whose functions and edge cases are checked: unified or legacy.", valueName: "path"))
  var cohort = ValidatedCohort.unified

  @Option(help: ArgumentHelp("Requests on each path for the times.", valueName: "number"))
  var requests = Validation.Load().requests

  @Option(help: ArgumentHelp("How many of them at a time.", valueName: "number"))
  var concurrency = Validation.Load().concurrency

  @Option(
    name: .customLong("p95"), help: ArgumentHelp("What 95 % of the answers must take less than.", valueName: "time"))
  var bound = WaitTime(nanoseconds: Validation.Load().p95Nanoseconds)

  @Option(
    help: ArgumentHelp(
      "The MySQL of the application, to count its queries; the user needs no rights.",
      valueName: "mysql://user:password@host/database"))
  var mysql: String?

  @Option(
    help: ArgumentHelp(
      "The dialogue of a task in several steps, a line each: \"message => what the answer holds\".", valueName: "file"),
    completion: .file())
  var steps: String?

  @Option(help: ArgumentHelp("An instance of the application that has no Redis.", valueName: "http://host:port"))
  var degradedUrl: String?

  @Option(
    help: ArgumentHelp(
      "Starts one, on {port} and with {redis} as the address of its Redis, and ends it after.", valueName: "command"))
  var upstreamCommand: String?

  @OptionGroup var chat: ChatOptions
  @OptionGroup var contexts: ContextOptions
  @OptionGroup var flag: FlagOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...1_000_000).contains(requests) else { throw ValidationError("--requests is a number from 1 to 1000000") }
    guard (1...256).contains(concurrency) else { throw ValidationError("--concurrency is a number from 1 to 256") }
    guard degradedUrl == nil || upstreamCommand == nil else {
      throw ValidationError("--degraded-url and --upstream-command are two ways to the same; give one")
    }
  }

  func run() throws {
    let configuration = try system.locate()
    let flag = try flag.read(from: configuration.flags.source)
    var validation = Validation(
      try chat.requests(configuration), users: try chat.users(flag),
      probe: ContextProbe(try contexts.place(in: configuration)), lifetimes: try contexts.lifetimes)
    validation.cohort = cohort == .unified ? .unified : .legacy
    validation.load.requests = requests
    validation.load.concurrency = concurrency
    validation.load.p95Nanoseconds = bound.nanoseconds
    validation.mysql = try mysql.map(address)
    if let steps { validation.steps = try read(steps) }
    validation.degraded = try degraded
    try DiagnosticsRun.run(validation.checks, json: output.json)
  }

  private func address(_ text: String) throws -> MySQLAddress {
    do throws(MySQLAddressFault) { return try MySQLAddress(parsing: text) } catch {
      throw failure(.usage, "--mysql: \(error)")
    }
  }

  private var degraded: DegradedUpstream? {
    get throws {
      if let upstreamCommand { return .command(upstreamCommand) }
      return try degradedUrl.map { .url(try ChatOptions.place($0, of: "--degraded-url")) }
    }
  }

  private func read(_ path: String) throws -> [ChatStep] {
    guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= 1 << 20 else {
      throw failure(.configuration, "\(path): the steps cannot be read")
    }
    let steps = ChatStep.parse(String(decoding: data, as: UTF8.self))
    guard !steps.isEmpty else { throw failure(.configuration, "\(path): there is no step in it") }
    return steps
  }
}

enum ValidatedCohort: String, ExpressibleByArgument, CaseIterable {
  case unified, legacy
}

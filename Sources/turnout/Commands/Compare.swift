import Admin
import ArgumentParser
import Configuration
import FlagStore
import Flags
import HTTPClient

/// Reports whether unified is worse, with an exit status for scripts. ComparisonTable prints the table.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "compare", "Compare unified with legacy (errors, latency, conversations) and give a verdict.",
    usage: "[--since <duration>] [--json] [<options>]",
    discussion: """
      Covers the current stage, the time since the percentage was last changed; --since may span several stages. You can \
      re-run it as often as you like without more false alarms. Exit status: 0 safe; 10 harmful; 11 undecided, or the \
      sample ratio is off. With --json it prints the document of GET /api/v1/compare unchanged.
      """,
    examples: [
      "turnout compare",
      "turnout compare --since 2h",
      "turnout compare --json",
    ])

  @Option(
    help: ArgumentHelp("Cover this time until now, at most 7d.", valueName: "duration"),
    transform: DurationArgument.within(DurationArgument.lookback))
  var since: DurationArgument?

  @ArgumentParser.Flag(help: "Cover the time since the percentage was last changed (default).")
  var stage = false

  @OptionGroup(title: "Which flag") var flag: FlagOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func validate() throws {
    if stage, since != nil { throw ValidationError("--since and --stage exclude each other.") }
  }

  func run() throws {
    let query = ComparisonQuery(flag: try flag.givenName(), scope: since.map { .since($0) } ?? .stage)
    let (document, text) = try comparison(query)
    if output.json { JSONOutput.print(text: text) } else { Console.write(ComparisonReport(document: document).text) }
    if let status = Self.status(document) { throw ExitCode(status.rawValue) }
  }

  private func comparison(_ query: ComparisonQuery) throws -> (document: ComparisonDocument, text: String) {
    let location = try system.locateAdmin()
    let address = HTTPEndpoint.Address(try system.port(of: location))
    do throws(AdminError) {
      return try AdminClient(address).comparison(query, within: .seconds(5))
    } catch {
      if case .refused = error { throw failure(.failed, "The proxy at \(address) cannot compare: \(error)") }
      throw failure(.unreachable, error.text(at: address, location.configuration))
    }
  }

  /// Nil if it is safe, and the sample ratio is healthy.
  static func status(_ document: ComparisonDocument) -> ExitStatus? {
    switch document.verdict {
    case "harmful": .harmful
    case "safe": document.sampleRatio.off ? .undecided : nil
    default: .undecided
    }
  }
}

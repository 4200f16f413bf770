import Admin
import ArgumentParser
import Configuration
import FlagStore
import Flags
import HTTPClient

/// Whether unified is worse, with an exit status for scripts.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare unified with legacy: errors, latency, conversations; and say whether unified is worse.",
    discussion: """
      Over the present stage, which is the time since the percentage was last changed, or with --since over a time that \
      may span several. It may be run as often as one likes: looking does not raise the chance of a false alarm. \
      Exit status: 0 safe; 10 harmful; 11 undecided, or the split itself is off. With --json it prints the document of \
      GET /api/v1/compare as it is.
      """)

  @Option(
    help: ArgumentHelp("Over this time: 90s, 15m, 2h, 7d.", valueName: "time"),
    transform: { text in try SinceTime(parsing: text) })
  var since: SinceTime?

  @ArgumentParser.Flag(help: "Since the percentage was last changed (default).")
  var stage = false

  @OptionGroup var flag: ComparedFlag
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if stage, since != nil { throw ValidationError("Give --since or --stage, not both.") }
  }

  func run() throws {
    let question = ComparisonQuery(
      flag: try flag.name(), scope: since.map { .since($0) } ?? .stage)
    let (document, text) = try ask(question)
    Console.write(output.json ? (text.hasSuffix("\n") ? text : text + "\n") : ComparisonReport(document: document).text)
    if let status = Self.status(document) { throw ExitCode(status.rawValue) }
  }

  private func ask(
    _ question: ComparisonQuery
  ) throws -> (document: ComparisonDocument, text: String) {
    let location = try system.locateAdmin()
    let address = HTTPEndpoint.Address(try system.port(of: location))
    do throws(AdminError) {
      return try AdminClient(address).comparison(question, within: .seconds(5))
    } catch {
      if case .refused = error { throw failure(.failed, "The proxy at \(address) does not compare: \(error)") }
      throw failure(.unreachable, error.text(at: address, location.configuration))
    }
  }

  /// Nil: safe, by a split that is as it should be.
  static func status(_ document: ComparisonDocument) -> ExitStatus? {
    switch document.verdict {
    case "harmful": .harmful
    case "safe": document.sampleRatio.off ? .undecided : nil
    default: .undecided
    }
  }
}

/// The flag that is compared, by the proxy's own list: no store is asked.
struct ComparedFlag: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The flag. Default: \(Configuration.standardFlag), or the only one of the proxy.", valueName: "name"))
  var flag: String?

  func name() throws -> String? {
    guard let flag else { return nil }
    guard FlagLimits.isName(flag) else {
      throw failure(.usage, "\(Console.printable(flag)) is no flag name: 1 to 128 of letters, digits and _ . : -")
    }
    return flag
  }
}

import ArgumentParser
import Bytes
import Configuration
import Conversations
import Diagnostics
import FlagStore
import Reactor

/// Shows the state of the contexts beside the baseline.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "inspect", "Show memory, keys, lifetimes, a sample and traffic of the contexts beside the baseline.",
    usage: "[--sample <number>] [--baseline <which>] [<options>]",
    discussion: """
      The baseline is the one that turnout preflight recorded on day 0. inspect only reads, with SCAN in steps of 1000 \
      keys. Users are masked unless --show-users is given. Exit status: 0 within all bounds of the guide; 12 a bound is \
      crossed.
      """,
    examples: [
      "turnout inspect",
      "turnout inspect --sample 10 --show-users",
      "turnout inspect --baseline newest --since 2h --json",
    ])

  @Option(help: ArgumentHelp("How many random contexts to show, 0 to 100.", valueName: "number"))
  var sample = 5

  @ArgumentParser.Flag(help: "Show user IDs unmasked.")
  var showUsers = false

  @Option(
    help: ArgumentHelp(
      "Compare with the baseline of day 0 (or of --new-baseline), or with the newest.", valueName: "which"))
  var baseline = ComparedBaseline.day0

  @OptionGroup var scan: ScanOptions
  @OptionGroup(title: "Which contexts") var contexts: ContextOptions
  @OptionGroup(title: "Which flag") var flag: FlagOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func validate() throws {
    guard (0...100).contains(sample) else { throw ValidationError("--sample: expected a number from 0 to 100.") }
  }

  func run() throws { try output.explainingFailures { try show() } }

  private func show() throws {
    let configuration = try system.locate()
    let (location, layout) = (try contexts.location(in: configuration), try contexts.layout(in: configuration))
    let report: InspectReport
    do throws(CheckError) { report = try inspect(location, layout) } catch {
      throw failure(.failed, "\(Console.printable(error.found))\n\(Console.printable(error.advice))")
    }
    try output.print(InspectDocument(report), else: report.text)
    if report.isCrossed { throw ExitCode(ExitStatus.notPassed.rawValue) }
  }

  private func inspect(_ location: ContextLocation, _ layout: Layout) throws(CheckError) -> InspectReport {
    let deadline = Deadline(after: scan.timeout.duration)
    let recorded = try Baselines.read(location, deadline)
    let baseline = baseline == .newest ? recorded?.baselines.first : recorded?.compared
    let progress = ProgressLine(isQuiet: output.json)
    defer { progress.clear() }
    var reading = try ContextsState.read(location, layout, rate: scan.limitRate, deadline) {
      progress.show("\(NumberText.count($0)) keys seen")
    }
    let samples = try ContextSample.read(location, layout, reading.census, count: sample, deadline)
    let fault = traffic(&reading.state)
    return InspectReport(
      redis: location.description, kinds: KeyKinds(layout), state: reading.state, baseline: baseline, samples: samples,
      endless: reading.census.endlessKeys, showsUsers: showUsers, trafficFault: fault)
  }

  private func traffic(_ state: inout ContextsState) -> CheckError? {
    do {
      state.traffic = try Traffic.read(
        system.adminEndpoint(), flag: flag.givenName(), since: scan.since.lookbackText,
        Deadline(after: .seconds(5)))
      return nil
    } catch let fault as CheckError {
      return fault
    } catch {
      return CheckError("the address of the admin port is unknown", advice: "Give --admin HOST:PORT.")
    }
  }
}

/// Which of the baselines that preflight has recorded.
enum ComparedBaseline: String, ExpressibleByArgument, CaseIterable {
  case day0, newest
}

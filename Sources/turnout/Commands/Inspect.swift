import ArgumentParser
import Configuration
import Conversations
import Diagnostics
import FlagStore

/// How the contexts stand beside the baseline.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Show how the contexts stand: memory, keys, lifetimes, a sample, latency and creation beside the baseline.",
    discussion: """
      The baseline is what turnout preflight kept on day 0. It only reads, with SCAN in steps of 1000 keys. Users are masked \
      unless --show-users. Exit status: 0 no bound of the guide is crossed; 12 one is.
      """)

  @Option(help: ArgumentHelp("Show so many contexts, taken by chance. Default: 5.", valueName: "number"))
  var sample = 5

  @ArgumentParser.Flag(help: "Show the ids of users as they are.")
  var showUsers = false

  @Option(
    help: ArgumentHelp(
      "Compare with that of day 0, or the one of --new-baseline, or with the newest: day0 or newest.",
      valueName: "which"))
  var baseline = ComparedBaseline.day0

  @OptionGroup var flag: ComparedFlag
  @OptionGroup var contexts: ContextOptions
  @OptionGroup var walk: WalkOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (0...100).contains(sample) else { throw ValidationError("--sample is a number from 0 to 100.") }
  }

  func run() throws { try output.explained { try show() } }

  private func show() throws {
    let place = try contexts.place(in: try system.locate())
    let report: InspectReport
    do throws(CheckFault) { report = try look(at: place) } catch {
      throw failure(.failed, "\(Console.printable(error.found))\n\(Console.printable(error.advice))")
    }
    if output.json { try JSONOutput.print(InspectDocument(report)) } else { Console.write(report.text) }
    if report.isCrossed { throw ExitCode(ExitStatus.notPassed.rawValue) }
  }

  private func look(at place: ContextLocation) throws(CheckFault) -> InspectReport {
    let limit = TimeLimit(nanoseconds: walk.timeoutNanoseconds)
    let kept = try Baselines.read(place, limit)
    let baseline = baseline == .newest ? kept?.baselines.first : kept?.compared
    let progress = KeysSeen(isQuiet: output.json)
    defer { progress.end() }
    var reading = try ContextsState.read(place, rate: walk.limitRate, limit) { progress.seen($0) }
    let samples = try ContextSample.read(place, reading.census, count: sample, limit)
    let fault = traffic(&reading.state)
    return InspectReport(
      place: place.description, state: reading.state, baseline: baseline, samples: samples,
      endless: reading.census.endlessKeys, showsUsers: showUsers, trafficFault: fault)
  }

  private func traffic(_ state: inout ContextsState) -> CheckFault? {
    do {
      state.traffic = try Traffic.read(
        system.adminEndpoint(), flag: flag.name(), since: walk.sinceText, TimeLimit(nanoseconds: 5_000_000_000))
      return nil
    } catch let fault as CheckFault {
      return fault
    } catch {
      return CheckFault("the admin port is not known", advice: "Give --admin HOST:PORT.")
    }
  }
}

/// Which of those that preflight has kept.
enum ComparedBaseline: String, ExpressibleByArgument, CaseIterable {
  case day0, newest
}

import Admin
import ArgumentParser
import Configuration
import FoundationEssentials
import Reactor

/// What the running proxy says about itself.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the flags in force and the counters of each cohort.",
    discussion: "With --json it prints the document of GET /api/v1/status as it is.")

  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let place = try system.locate()
    do throws(AdminError) {
      let (document, text) = try AdminClient(address: place.admin).status(within: 3_000_000_000)
      let report = StatusReport(document: document, now: Int(Date().timeIntervalSince1970))
      Console.write(output.json ? (text.hasSuffix("\n") ? text : text + "\n") : report.text)
    } catch {
      throw failure(.unreachable, Unreachable.text(error, place))
    }
  }
}

import Admin
import ArgumentParser
import Configuration
import FlagStore
import FoundationEssentials
import HTTPClient
import Reactor

/// Shows the status of the running proxy.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "status", "Show the flags in force, the counters of each cohort, and all proxies.", usage: "[<options>]",
    discussion: """
      Shows the proxy at the admin port and, if proxies share a store, all of them. Without a reachable proxy it shows \
      the stored flags. With --json it prints the document of GET /api/v1/status unchanged.
      """,
    examples: [
      "turnout status",
      "turnout status --admin 10.0.0.7:9901",
      "turnout status --json",
    ])

  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let location = try system.locateAdmin()
    let address = HTTPEndpoint.Address(try system.port(of: location))
    let now = Int(Date().timeIntervalSince1970)
    do throws(AdminError) {
      let (document, text) = try AdminClient(address).status(within: .seconds(3))
      if output.json {
        JSONOutput.print(text: text)
      } else {
        Console.write(StatusReport(document: document, now: now, fleet: fleet()).text)
      }
      StaleWarning.print(document, isBrief: !output.json)
    } catch {
      if !output.json { Console.write(stored(now: now)) }
      throw failure(.unreachable, error.text(at: address, location.configuration))
    }
  }

  /// The store; nil, with a warning, if a mistake in the file hides its location.
  private var store: (any FlagSource)? {
    do throws(ConfigurationError) {
      return try Configuration.locate(file: system.file, overrides: system.overrides).configuration.flags.source
    } catch {
      Console.printError("warning: the location of the store is unknown: \(error)")
      return nil
    }
  }

  private func fleet() -> [FleetMember]? {
    guard let store else { return nil }
    do throws(FlagStoreError) { return try store.fleet() } catch {
      Console.printError("warning: the register of proxies cannot be read: \(error)")
      return nil
    }
  }

  /// The stored flags, shown if no proxy responds; empty if the store does not respond either.
  private func stored(now: Int) -> String {
    guard let source = store else { return "" }
    do throws(FlagStoreError) {
      var lines = ["as stored in \(source.place):"]
      for name in try source.names() ?? [Configuration.standardFlag] {
        let flag = StatusDocument.FlagState(try source.flag(named: name))
        lines += StatusReport.lines(of: flag, now: now)
      }
      if let fleet = try source.fleet() { lines += [""] + FleetReport(members: fleet, flag: nil, now: now).lines }
      return lines.joined(separator: "\n") + "\n\n"
    } catch {
      Console.printError(error.description)
      return ""
    }
  }
}

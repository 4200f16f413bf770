import Admin
import ArgumentParser
import Configuration
import FlagStore
import FoundationEssentials
import HTTPClient
import Reactor

/// What the running proxy says about itself.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the flags in force, the counters of each cohort, and the proxies that share a store.",
    discussion: "With --json it prints the document of GET /api/v1/status as it is.")

  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let location = try system.locateAdmin()
    let address = HTTPEndpoint.Address(try system.port(of: location))
    let now = Int(Date().timeIntervalSince1970)
    do throws(AdminError) {
      let (document, text) = try AdminClient(address).status(within: .seconds(3))
      if output.json {
        Console.write(text.hasSuffix("\n") ? text : text + "\n")
      } else {
        Console.write(StatusReport(document: document, now: now, fleet: fleet()).text)
      }
      StaleWarning.print(document, isBrief: !output.json)
    } catch {
      if !output.json { Console.write(stored(now: now)) }
      throw failure(.unreachable, error.text(at: address, location.configuration))
    }
  }

  /// The store, where the file says which; a mistake there does not keep the proxy from being asked.
  private var store: (any FlagSource)? {
    do throws(ConfigurationError) {
      return try Configuration.locate(file: system.file, overrides: system.overrides).configuration.flags.source
    } catch {
      Console.complain("warning: the store is not known: \(error)")
      return nil
    }
  }

  private func fleet() -> [FleetMember]? {
    guard let store else { return nil }
    do throws(FlagStoreError) { return try store.fleet() } catch {
      Console.complain("warning: the proxies that share the store are not known: \(error)")
      return nil
    }
  }

  /// The flags as they are stored, for when no proxy answers; nothing when the store does not either.
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
      Console.complain(error.description)
      return ""
    }
  }
}

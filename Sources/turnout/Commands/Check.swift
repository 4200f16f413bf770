import ArgumentParser
import Configuration
import FlagStore
import Flags
import Proxy

/// Reads all that `serve` would read, and starts nothing.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the configuration and the flag file without starting anything.",
    discussion: "Prints what would be in force, or everything that is wrong. Takes the options of serve.")

  @OptionGroup var options: ProxyOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    var problems: [String] = []
    var configuration: Configuration?
    do throws(ConfigurationError) {
      configuration = try Configuration.load(file: options.system.file, overrides: options.overrides)
    } catch {
      problems = error.problems.map(\.description)
    }
    // The flags are checked even so, where they can be found.
    let place = try? Configuration.locate(file: options.system.file, overrides: options.overrides).configuration
    var document: FlagDocument?
    if let place { document = flags(place.flags, asked: configuration?.proxy.flagNames ?? [], &problems) }
    try report(configuration, document, problems)
  }

  private func flags(_ place: FlagLocation, asked: [String], _ problems: inout [String]) -> FlagDocument? {
    do throws(FlagStoreError) {
      let source = place.source
      let known = try source.names()
      let missing = asked.filter { known?.contains($0) == false }
      problems += missing.map {
        "\(FlagStoreError.unknownFlag(name: $0, file: source.place, known: known ?? []))"
      }
      var flags: [Flags.Flag] = []
      for name in known ?? asked { flags.append(try source.flag(named: name)) }
      return FlagDocument(flags: flags)
    } catch {
      problems.append(error.description)
      return nil
    }
  }

  private func report(_ configuration: Configuration?, _ document: FlagDocument?, _ problems: [String]) throws {
    if output.json { try JSONOutput.print(CheckDocument(configuration, document, problems)) }
    guard problems.isEmpty, let configuration, let document else {
      if output.json { throw ExitCode(ExitStatus.configuration.rawValue) }
      throw failure(.configuration, problems.joined(separator: "\n") + "\n\(counted(problems.count, "mistake"))")
    }
    if !output.json { Console.write(CheckReport(configuration: configuration, flags: document).text) }
  }
}

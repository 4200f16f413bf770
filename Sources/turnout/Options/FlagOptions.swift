import ArgumentParser
import Configuration
import FlagStore
import Flags

/// Which flag a command is about.
struct FlagOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The flag. Default: \(Configuration.standardFlag), or the only one in the file.", valueName: "name"))
  var flag: String?

  /// The name that was given, else the standard one, else the only one in the store.
  func name(in source: any FlagSource) throws -> String {
    if let flag {
      guard FlagLimits.isName(flag) else {
        throw failure(.usage, "\(Console.printable(flag)) is no flag name: 1 to 128 of letters, digits and _ . : -")
      }
      return flag
    }
    guard let names = try source.names(), !names.contains(Configuration.standardFlag) else {
      return Configuration.standardFlag
    }
    if names.count == 1 { return names[0] }
    guard names.isEmpty else {
      throw failure(
        .usage, "\(source.place) has several flags; say which with --flag: \(names.joined(separator: ", "))")
    }
    throw failure(.configuration, "\(source.place): there is no flag in it; add \"\(Configuration.standardFlag)\": 0")
  }

  /// The flag as it is stored; what is wrong ends the command.
  func read(from source: any FlagSource) throws -> Flags.Flag {
    do {
      return try source.flag(named: try name(in: source))
    } catch let error as FlagStoreError {
      throw failure(error.exitStatus, error.description)
    }
  }
}

/// What all commands that change a flag have in common.
struct ChangeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Why, for those who look later.", valueName: "text"))
  var reason: String?

  @Option(help: ArgumentHelp("Only if the flag is at this revision; else exit with 3.", valueName: "revision"))
  var ifRevision: Int?

  @Option(help: ArgumentHelp("How long the proxy may take to confirm: 500ms, 2s; 0s does not wait.", valueName: "time"))
  var wait = WaitTime(nanoseconds: 2_000_000_000)

  @OptionGroup var flag: FlagOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions
}

/// Written as durations in turnout.yaml are.
struct WaitTime: ExpressibleByArgument, Equatable {
  var nanoseconds: UInt64

  init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  init?(argument: String) {
    guard let parsed = DurationText.parse(argument), parsed <= 3_600_000_000_000 else { return nil }
    nanoseconds = parsed
  }

  var defaultValueDescription: String { DurationText.text(nanoseconds) }
}

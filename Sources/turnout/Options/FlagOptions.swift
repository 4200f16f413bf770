import ArgumentParser
import Configuration
import FlagStore
import Flags

/// Which flag a command is about.
struct FlagOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The flag. Default: \(Configuration.standardFlag), or the only one in the store.", valueName: "name"))
  var flag: String?

  /// The given name, checked; nil if none was given.
  func givenName() throws -> String? {
    guard let flag else { return nil }
    guard FlagLimits.isName(flag) else {
      throw failure(
        .usage,
        "\"\(Console.printable(flag))\" is not a flag name: 1 to 128 letters, digits and the characters _ . : -")
    }
    return flag
  }

  /// The given name, else the standard name, else the only name in the store.
  func name(in source: any FlagSource) throws -> String {
    if let name = try givenName() { return name }
    guard let names = try source.names(), !names.contains(Configuration.standardFlag) else {
      return Configuration.standardFlag
    }
    if names.count == 1 { return names[0] }
    guard names.isEmpty else {
      throw failure(
        .usage, "\(source.place) has several flags: \(names.joined(separator: ", ")). Choose one with --flag.")
    }
    throw failure(.configuration, "\(source.place) contains no flag. Add \"\(Configuration.standardFlag)\": 0.")
  }

  /// The stored flag; an error ends the command.
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
  @Option(help: ArgumentHelp("Why, for the audit trail.", valueName: "text"))
  var reason: String?

  @Option(
    help: ArgumentHelp("Only if the flag is at this revision; otherwise exit with 3.", valueName: "revision"))
  var ifRevision: Int?

  @Option(
    help: ArgumentHelp(
      "How long to wait until the proxies confirm; 0s does not wait. Default: 2s.", valueName: "duration"),
    transform: DurationArgument.within(.zero ... .seconds(3_600)))
  var wait = DurationArgument(.seconds(2))

  @OptionGroup(title: "Which flag") var flag: FlagOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions
}

import ArgumentParser
import Configuration
import FlagStore

/// Which flag a command is about.
struct FlagOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The flag. Default: \(Configuration.standardFlag), or the only one in the file.", valueName: "name"))
  var flag: String?

  /// The name that was given, else the standard one, else the only one in the document.
  func name(in document: FlagDocument, file: String) throws -> String {
    if let flag { return flag }
    let names = document.names
    if names.contains(Configuration.standardFlag) { return Configuration.standardFlag }
    if names.count == 1 { return names[0] }
    guard names.isEmpty else {
      throw failure(.usage, "\(file) has several flags; say which with --flag: \(names.joined(separator: ", "))")
    }
    throw failure(.configuration, "\(file): there is no flag in it; add \"\(Configuration.standardFlag)\": 0")
  }
}

/// How the result is printed.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON, for programs.")
  var json = false
}

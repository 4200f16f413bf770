import ArgumentParser
import Bytes
import Configuration
import FlagStore
import Glibc
import Proxy

/// Which system a command is about. Every command has these options.
struct SystemOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The configuration file. Default: $TURNOUT_CONFIG, else turnout.yaml if it exists.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "The flag store: a file or redis://... Default: $TURNOUT_FLAGS, else the configuration, else flags.json.",
      valueName: "location"),
    completion: .file(extensions: ["json"]))
  var flags: String?

  @Option(
    help: ArgumentHelp(
      "The admin port. Default: $TURNOUT_ADMIN, else the configuration, else 127.0.0.1:9901.", valueName: "host:port"))
  var admin: String?

  @Option(
    help: ArgumentHelp(
      "The state folder of the proxy. Default: $TURNOUT_STATE, else the configuration, else turnout.state.",
      valueName: "folder"),
    completion: .directory)
  var state: String?

  /// The configuration file; nil if none is named and turnout.yaml does not exist.
  var file: String? {
    if let named = config ?? Self.variable("TURNOUT_CONFIG") { return named }
    return unsafe access(Configuration.standardFile, F_OK) == 0 ? Configuration.standardFile : nil
  }

  var overrides: Overrides {
    var overrides = Overrides()
    overrides.flags = Self.value(flags, option: "--flags", variable: "TURNOUT_FLAGS")
    overrides.admin = Self.value(admin, option: "--admin", variable: "TURNOUT_ADMIN")
    overrides.state = Self.value(state, option: "--state", variable: "TURNOUT_STATE")
    return overrides
  }

  /// Locates the flags and the admin port. Other mistakes in the file cause only a warning.
  ///
  /// - Parameter otherwise: advice that is added to the error message when the locations cannot be read.
  func locate(otherwise: String = "") throws -> Configuration {
    do throws(ConfigurationError) {
      let (configuration, ignored) = try Configuration.locate(file: file, overrides: overrides)
      warn(ignored)
      return configuration
    } catch {
      throw failure(.configuration, error.description + advice(error, "give --flags and --admin") + otherwise)
    }
  }

  /// Locates only the admin API, for commands that bypass the store: no other mistake in the file stops them.
  func locateAdmin() throws -> AdminLocation {
    do throws(ConfigurationError) {
      let location = try AdminLocation(file: file, overrides: overrides)
      warn(location.passedOver)
      return location
    } catch {
      throw failure(.configuration, error.description + advice(error, "give --admin or --state"))
    }
  }

  /// The TCP address of the admin port.
  func port(of location: AdminLocation) throws -> Endpoint {
    do throws(ConfigurationError) { return try location.port() } catch {
      throw failure(.configuration, error.description + advice(error, "give --admin"))
    }
  }

  private func warn(_ ignored: Int) {
    guard ignored > 0 else { return }
    Console.printError("warning: \(file ?? "") has \(counted(ignored, "mistake")). Run: turnout check")
  }

  private func advice(_ error: ConfigurationError, _ how: String) -> String {
    let isInFile = error.problems.contains { if case .file = $0.origin { true } else { false } }
    return isInFile ? "\nNothing was changed. To bypass this file, \(how)." : ""
  }

  /// The options as they were typed, for a command line about the same system.
  var typed: String { Self.typed([("--config", config), ("--flags", flags.map(RedisText.masked))]) + ownTyped }

  /// The same for a command line about this proxy alone.
  var typedLocally: String { Self.typed([("--config", config)]) + ownTyped }

  private var ownTyped: String { Self.typed([("--admin", admin), ("--state", state)]) }

  private static func typed(_ options: [(String, String?)]) -> String {
    options.map { name, value in value.map { " \(name) \(Shell.quoted($0))" } ?? "" }.joined()
  }

  /// The Redis with the contexts, for commands that run a proxy: the variable that the application reads.
  static var contexts: Overrides.Value? { value(nil, option: "", variable: "REDIS_URL") }

  private static func value(_ text: String?, option: String, variable name: String) -> Overrides.Value? {
    if let text { return Overrides.Value(text, from: .option(option)) }
    return variable(name).map { Overrides.Value($0, from: .variable(name)) }
  }

  /// An empty variable counts as not set.
  static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
  }
}

/// Text as one word of a shell command.
enum Shell {
  static func quoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
      "/._:-@%+=,".utf8.contains(byte) || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }
    return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}

/// `1 error`, `1,234 errors`
func counted(_ count: some BinaryInteger, _ noun: String) -> String { counted(count, noun, noun + "s") }

/// `1 proxy`, `2 proxies`
func counted(_ count: some BinaryInteger, _ one: String, _ many: String) -> String {
  "\(NumberText.count(count)) \(count == 1 ? one : many)"
}

extension FlagLocation {
  var isRedis: Bool { if case .redis = self { true } else { false } }

  /// A client of the store at this location.
  var source: any FlagSource {
    switch self {
    case .file(let path): FlagFile(path)
    case .redis(let location): RedisFlags(location)
    }
  }
}

enum FilePath {
  /// Absolute, with all links resolved; unchanged if the file does not exist.
  static func resolved(_ path: String) -> String {
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}

import ArgumentParser
import Configuration
import FlagStore
import Glibc
import Proxy

/// Where the system is that a command is about. Every command has these.
struct SystemOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The configuration file. Default: $TURNOUT_CONFIG, else turnout.yaml if there is one.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Where the flags are: a file, or redis://... Default: $TURNOUT_FLAGS, else what the file says, else flags.json.",
      valueName: "place"),
    completion: .file(extensions: ["json"]))
  var flags: String?

  @Option(
    help: ArgumentHelp(
      "The admin port. Default: $TURNOUT_ADMIN, else what the file says, else 127.0.0.1:9901.", valueName: "host:port"))
  var admin: String?

  @Option(
    help: ArgumentHelp(
      "The folder of what the proxy keeps for itself. Default: $TURNOUT_STATE, else what the file says, else turnout.state.",
      valueName: "folder"),
    completion: .directory)
  var state: String?

  /// Option beats variable beats turnout.yaml, if there is one.
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

  /// Only where the flags and the admin port are; other mistakes in the file are passed over with a warning.
  /// `otherwise` is said where that is not to be known.
  func locate(otherwise: String = "") throws -> Configuration {
    do throws(ConfigurationError) {
      let (configuration, passedOver) = try Configuration.locate(file: file, overrides: overrides)
      warn(passedOver)
      return configuration
    } catch {
      throw failure(.configuration, error.description + advice(error, "give --flags and --admin") + otherwise)
    }
  }

  /// Only where the admin API is, for what goes past the store: no other mistake in the file stops it.
  func locateAdmin() throws -> AdminLocation {
    do throws(ConfigurationError) {
      let location = try AdminLocation(file: file, overrides: overrides)
      warn(location.passedOver)
      return location
    } catch {
      throw failure(.configuration, error.description + advice(error, "give --admin or --state"))
    }
  }

  /// The admin port, where it is known.
  func port(of location: AdminLocation) throws -> Endpoint {
    do throws(ConfigurationError) { return try location.port() } catch {
      throw failure(.configuration, error.description + advice(error, "give --admin"))
    }
  }

  private func warn(_ passedOver: Int) {
    guard passedOver > 0 else { return }
    Console.complain("warning: \(file ?? "") has \(counted(passedOver, "mistake")); see turnout check")
  }

  private func advice(_ error: ConfigurationError, _ how: String) -> String {
    let isInFile = error.problems.contains { if case .file = $0.origin { true } else { false } }
    return isInFile ? "\nNothing was changed. To go on without this file, \(how)." : ""
  }

  /// The options as they were typed, for a command line that is about the same system.
  var typed: String { Self.typed([("--config", config), ("--flags", flags.map(RedisText.masked))]) + ownTyped }

  /// The same for one that is about this proxy alone.
  var typedLocally: String { Self.typed([("--config", config)]) + ownTyped }

  private var ownTyped: String { Self.typed([("--admin", admin), ("--state", state)]) }

  private static func typed(_ options: [(String, String?)]) -> String {
    options.map { name, value in value.map { " \(name) \(Shell.quoted($0))" } ?? "" }.joined()
  }

  /// The Redis with the contexts, for commands that run a proxy: the variable by which the application knows it.
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

/// Text as a word of a shell command.
enum Shell {
  static func quoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
      "/._:-@%+=,".utf8.contains(byte) || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }
    return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}

/// `1 error`, `2 errors`
func counted(_ count: some BinaryInteger, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }

/// `1 proxy`, `2 proxies`
func counted(_ count: some BinaryInteger, _ stem: String, one: String, many: String) -> String {
  "\(count) \(stem)\(count == 1 ? one : many)"
}

extension FlagLocation {
  var isRedis: Bool { if case .redis = self { true } else { false } }

  /// What speaks to the store at this place.
  var source: any FlagSource {
    switch self {
    case .file(let path): FlagFile(path)
    case .redis(let place): RedisFlags(place)
    }
  }
}

enum FilePath {
  /// Absolute, behind all links; as it is where there is no such file.
  static func resolved(_ path: String) -> String {
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}

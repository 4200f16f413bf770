package import FlagStore
internal import Flags
package import Proxy
package import Statistics

/// All that an operator decides about a Turnout, read from turnout.yaml and the command line and found to be sound.
///
/// A value says where it comes from (`origins`), so that every complaint and every report can name the line, option or
/// variable to change. Reading reports everything that is wrong at once, never only the first.
package struct Configuration: Sendable, Equatable {
  /// What the data plane needs.
  package var proxy: ProxySettings
  /// Where the flags are. A relative path in the file is relative to the file's folder, one on the command line or in
  /// a variable to the working folder; here that is already resolved.
  package var flags = FlagLocation.file(Self.standardFlagsPath)
  package var flagStore = FlagStoreSettings()
  /// How unified is judged.
  package var guardrails = GuardrailSettings()
  /// The folder for what this proxy keeps for itself: the last good flags, its local kill, the admin token and socket.
  package var state = Self.standardState
  /// Of this proxy among those that share a store.
  package var name = HostName.proxyName
  /// Where the admin port listens, and where the other subcommands find it.
  package var admin = Self.standardAdmin
  /// The Redis that holds the contexts, to be watched.
  package var contexts = ContextsSettings()
  package var adminSocketChoice = AdminSocket.inState
  /// Further names under which the admin port may be reached.
  package var adminHosts: [String] = []
  package var logLevel = LogLevel.info
  /// The configuration file; nil when everything comes from the command line.
  package var file: String?
  /// Where each value that someone gave comes from, by key such as `timeouts.connect`. What is missing is a default.
  package var origins: [String: Origin] = [:]

  package static let standardFile = "turnout.yaml"
  package static let standardFlagsPath = "flags.json"
  package static let standardState = "turnout.state"
  package static let standardAdmin = Endpoint(host: "127.0.0.1", port: 9901)
  package static let standardListen = Endpoint(host: "127.0.0.1", port: 8080)
  package static let standardFlag = Flag.standardName

  /// The defaults: complete but for the servers, which nobody can guess.
  package init() {
    proxy = ProxySettings()
    proxy.listen = [Self.standardListen]
    proxy.workers = Processors.available
    proxy.routes = [RouteSettings(path: "/", target: .flag(Self.standardFlag))]
  }

  /// Where the flags are, for people, without a password.
  package var place: String { flags.description }

  /// The path of the admin socket, if there is to be one.
  package var adminSocket: String? {
    switch adminSocketChoice {
    case .inState: state + "/admin.sock"
    case .path(let path): path
    case .none: nil
    }
  }

  /// Where the token of the admin API is.
  package var tokenFile: String { state + "/admin.token" }

  /// The defaults, then `file` where there is one, then `overrides`: the later wins. Throws all problems of all three.
  package static func load(
    file: String?, overrides: Overrides = Overrides()
  ) throws(ConfigurationError) -> Configuration {
    var (configuration, problems) = try read(file: file)
    problems += configuration.apply(overrides)
    problems += configuration.validate()
    guard problems.isEmpty else { throw ConfigurationError(problems) }
    return configuration
  }

  /// Only where the flags and the admin port are, for commands that must work while another part of the file is
  /// being edited: a mistake in a timeout must not stop `turnout kill`. The number of mistakes that were passed over
  /// comes along. A file that cannot be read at all is no such mistake, unless `overrides` say both places.
  package static func locate(
    file: String?, overrides: Overrides
  ) throws(ConfigurationError) -> (configuration: Configuration, passedOver: Int) {
    let needsFile = overrides.flags == nil || overrides.admin == nil
    var (configuration, problems) = (Configuration(), [ConfigurationProblem]())
    do throws(ConfigurationError) {
      (configuration, problems) = try read(file: file)
    } catch {
      guard !needsFile else { throw error }
      problems = error.problems
      configuration.contexts.isUnclear = true
    }
    let inOverrides = configuration.apply(overrides)
    let inRedis = if case .redis = configuration.flags { true } else { false }
    let fatal =
      problems.filter { needsFile && hides($0, overrides) || inRedis && hidesKeys($0) } + inOverrides
    guard fatal.isEmpty else { throw ConfigurationError(fatal) }
    return (configuration, problems.count)
  }

  /// Whether that problem leaves open where the flags or the admin port are. An unknown key may have meant either.
  private static func hides(_ problem: ConfigurationProblem, _ overrides: Overrides) -> Bool {
    switch problem.key {
    case "flags": overrides.flags == nil
    case "admin": overrides.admin == nil
    case let key: !key.contains { $0 == "." || $0 == "[" } && !DocumentReader.topKeys.contains(key)
    }
  }

  /// Whether that problem leaves open which keys of a Redis server are meant.
  private static func hidesKeys(_ problem: ConfigurationProblem) -> Bool {
    problem.key.hasPrefix("flag_store") && !["flag_store.on_loss", "flag_store.largest_step"].contains(problem.key)
  }

  private static func read(
    file: String?
  ) throws(ConfigurationError) -> (Configuration, [ConfigurationProblem]) {
    guard let file else { return (Configuration(), []) }
    return try read(text: try FileText.read(file), file: file)
  }

  /// `text` as the content of `file`, with what is wrong in it; throws what is no YAML at all.
  package static func read(
    text: String, file: String
  ) throws(ConfigurationError) -> (Configuration, [ConfigurationProblem]) {
    let root: YAMLNode?
    do throws(YAMLError) { root = try YAMLReader.read(text) } catch {
      throw ConfigurationError([ConfigurationProblem(.file(file, line: error.line), "", error.text)])
    }
    var reader = DocumentReader(file: file)
    let configuration = reader.configuration(from: root)
    return (configuration, reader.problems)
  }
}

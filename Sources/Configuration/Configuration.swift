package import FlagStore
internal import Flags
package import Proxy
package import Statistics
import YAML

/// The settings of a Turnout, read from turnout.yaml and the command line, and checked.
///
/// `origins` has the source of each value, so that every error and report can name the line, option or variable to change.
/// Reading reports all errors at once.
package struct Configuration: Sendable, Equatable {
  /// The settings of the data plane.
  package var proxy: ProxySettings
  /// Where the flags are. Here relative paths are already resolved: those in the file against the file's folder, those on
  /// the command line or in a variable against the working folder.
  package var flags = FlagLocation.file(Self.standardFlagsPath)
  package var flagStore = FlagStoreSettings()
  /// How unified is judged.
  package var guardrails = GuardrailSettings()
  /// The state folder of this proxy: last good flags, local kill, admin token and socket.
  package var state = Self.standardState
  /// The name of this proxy among those that share a store.
  package var name = HostName.proxyName
  /// Where the admin port listens and the other commands find it.
  package var admin = Self.standardAdmin
  /// The Redis with the contexts.
  package var contexts = ContextsSettings()
  /// How smoke and validate talk to the application.
  package var chat = ChatSettings()
  package var adminSocketChoice = AdminSocket.inState
  /// Additional host names of the admin port.
  package var adminHosts: [String] = []
  package var logLevel = LogLevel.info
  /// The configuration file; nil when everything comes from the command line.
  package var file: String?
  /// The source of each value by key, such as `timeouts.connect`. A missing key has its default.
  package var origins: [String: Origin] = [:]

  package static let standardFile = "turnout.yaml"
  package static let standardFlagsPath = "flags.json"
  package static let standardState = "turnout.state"
  package static let standardAdmin = Endpoint(host: "127.0.0.1", port: 9901)
  package static let standardListen = Endpoint(host: "127.0.0.1", port: 8080)
  package static let standardFlag = Flag.standardName

  /// The defaults: complete except for the servers.
  package init() {
    proxy = ProxySettings()
    proxy.listen = [Self.standardListen]
    proxy.workers = Processors.available
    proxy.routes = [RouteSettings(path: "/", target: .flag(Self.standardFlag))]
  }

  /// The location of the flags for people, without a password.
  package var place: String { flags.description }

  /// The path of the admin socket; nil: none.
  package var adminSocket: String? {
    switch adminSocketChoice {
    case .inState: state + "/admin.sock"
    case .path(let path): path
    case .none: nil
    }
  }

  /// The path of the admin token.
  package var tokenFile: String { state + "/admin.token" }

  /// The defaults, then `file` if given, then `overrides`: the later wins. Throws all problems at once.
  package static func load(
    file: String?, overrides: Overrides = Overrides()
  ) throws(ConfigurationError) -> Configuration {
    var (configuration, problems) = try read(file: file)
    problems += configuration.apply(overrides)
    problems += configuration.validate()
    guard problems.isEmpty else { throw ConfigurationError(problems) }
    return configuration
  }

  /// Only the locations of the flags and the admin port, for commands that must work despite errors elsewhere in the file:
  /// a typo in a timeout must not stop `turnout kill`. It also returns the number of ignored problems. A file that cannot
  /// be read is an error, unless `overrides` give both locations.
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

  /// Whether the problem hides where the flags or the admin port are. An unknown key may stand for either.
  private static func hides(_ problem: ConfigurationProblem, _ overrides: Overrides) -> Bool {
    switch problem.key {
    case "flags": overrides.flags == nil
    case "admin": overrides.admin == nil
    case let key: !key.contains { $0 == "." || $0 == "[" } && !DocumentReader.topKeys.contains(key)
    }
  }

  /// Whether the problem hides which keys of a Redis server are meant.
  private static func hidesKeys(_ problem: ConfigurationProblem) -> Bool {
    problem.key.hasPrefix("flag_store") && !["flag_store.on_loss", "flag_store.largest_step"].contains(problem.key)
  }

  private static func read(
    file: String?
  ) throws(ConfigurationError) -> (Configuration, [ConfigurationProblem]) {
    guard let file else { return (Configuration(), []) }
    return try read(text: try text(of: file), file: file)
  }

  static func text(of file: String) throws(ConfigurationError) -> String {
    do throws(YAMLError) { return try FileText.read(file) } catch { throw ConfigurationError(error, in: file) }
  }

  /// `text` as the content of `file`, with the problems in it. Throws if it is not YAML.
  package static func read(
    text: String, file: String
  ) throws(ConfigurationError) -> (Configuration, [ConfigurationProblem]) {
    let root: YAMLNode?
    do throws(YAMLError) { root = try YAMLReader.read(text) } catch {
      throw ConfigurationError(error, in: file)
    }
    var reader = DocumentReader(file: file, olderNames: ["answers": "responses", "answer_idle": "response_idle"])
    let configuration = reader.configuration(from: root)
    return (configuration, reader.problems.map { ConfigurationProblem(.file(file, line: $0.line), $0.key, $0.text) })
  }
}

/// The source of a value, in words for operators.
package enum Origin: Sendable, Equatable, CustomStringConvertible {
  case file(String, line: Int?)
  case option(String)
  case variable(String)
  case standard

  package var description: String {
    switch self {
    case .file(let name, let line?): "\(name):\(line)"
    case .file(let name, nil): name
    case .option(let name): name
    case .variable(let name): name
    case .standard: "default"
    }
  }
}

/// One error: where, which key, what was found, what was expected.
package struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
  package var origin: Origin
  /// Such as `timeouts.connect` or `routes[1].path`; empty for the file as a whole.
  package var key: String
  package var text: String

  package init(_ origin: Origin, _ key: String, _ text: String) {
    self.origin = origin
    self.key = key
    self.text = text
  }

  /// `turnout.yaml:12: timeouts.connect: found "10", expected ...`; an option or a variable is its own key.
  package var description: String {
    switch origin {
    case .option, .variable: "\(origin): \(text)"
    case .file: key.isEmpty ? "\(origin): \(text)" : "\(origin): \(key): \(text)"
    case .standard: "\(key): \(text)"
    }
  }
}

/// All problems of a configuration, in the order of the file.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  package let problems: [ConfigurationProblem]

  package init(_ problems: [ConfigurationProblem]) {
    self.problems = problems.enumerated().sorted { (line(of: $0.1), $0.0) < (line(of: $1.1), $1.0) }.map(\.1)
  }

  init(_ error: YAMLError, in file: String) {
    self.init([ConfigurationProblem(.file(file, line: error.line), "", error.text)])
  }

  /// One problem a line.
  package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Problems without a line come last.
private func line(of problem: ConfigurationProblem) -> Int {
  if case .file(_, let line?) = problem.origin { line } else { Int.max }
}

/// The lowest severity that the event log on standard error has.
package enum LogLevel: String, Sendable, CaseIterable {
  case debug, info, notice, warning, error
}

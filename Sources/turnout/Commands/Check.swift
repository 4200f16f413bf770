import ArgumentParser
import Configuration
import FlagStore
import Flags
import Proxy
import Redis

/// Reads everything that `serve` would read, and starts nothing.
struct CheckConfiguration: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "check", "Check the configuration and the flags without starting anything.",
    usage: "[--config <file>] [<options>]",
    discussion: "Prints what would be in force, or every mistake. Takes the options of serve.",
    examples: [
      "turnout check",
      "turnout check --config /etc/turnout/turnout.yaml --json",
    ])

  @OptionGroup var options: ProxyOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    var problems: [String] = []
    var configuration: Configuration?
    do throws(ConfigurationError) {
      configuration = try Configuration.load(file: options.system.file, overrides: options.overrides)
    } catch {
      problems = error.problems.map(\.description)
    }
    // Check the layout and the flags even if the configuration is invalid, provided their location is known.
    let located = try? Configuration.locate(file: options.system.file, overrides: options.overrides).configuration
    var document: FlagDocument?
    if let located, !located.contexts.isLayoutUnclear {
      do throws(Configuration.LayoutProblems) { _ = try located.contextsLayout() } catch { problems += error.lines }
    }
    if let located { document = flags(located.flags, used: configuration?.proxy.flagNames ?? [], &problems) }
    try report(configuration, document, problems)
  }

  private func flags(_ location: FlagLocation, used: [String], _ problems: inout [String]) -> FlagDocument? {
    do throws(FlagStoreError) {
      let source = location.source
      let known = try source.names()
      let missing = used.filter { known?.contains($0) == false }
      problems += missing.map {
        "\(FlagStoreError.unknownFlag(name: $0, file: source.place, known: known ?? []))"
      }
      var flags: [Flags.Flag] = []
      for name in known ?? used { flags.append(try source.flag(named: name)) }
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

/// A valid configuration, in a few lines.
struct CheckReport {
  let configuration: Configuration
  let flags: FlagDocument

  var text: String {
    let proxy = configuration.proxy
    let rows: [(String, [String])] = [
      ("listen", [proxy.listen.map(\.description).joined(separator: ", ")]),
      ("admin", [configuration.admin.description]),
      ("workers", ["\(proxy.workers)"]),
      ("legacy", [Self.cohort(proxy.legacy)]),
      ("unified", [Self.cohort(proxy.unified)]),
      ("routes", proxy.routes.map(route)),
      ("user key", [userKey]),
      ("flags", [configuration.place] + unused),
      ("contexts", contexts),
      ("layout", layout),
      ("log", accessLog),
      ("changed", changed),
    ]
    let lines = rows.flatMap { name, values in
      values.enumerated().map { Column.left($0.offset == 0 ? name : "", 10) + $0.element }
    }
    let file = configuration.file ?? "The command line"
    return (["\(file) and \(configuration.place) are valid."] + lines + notes).joined(separator: "\n") + "\n"
  }

  private static func cohort(_ cohort: CohortSettings) -> String {
    cohort.servers.map { "http://\($0)\(cohort.pathPrefix)" }.joined(separator: ", ")
  }

  private func route(_ route: RouteSettings) -> String {
    switch route.target {
    case .cohort(let cohort): "\(route.path) -> \(cohort)"
    case .flag(let name): "\(route.path) -> \(name), \(flags.flag(named: name).map(ChangeReport.state) ?? "unknown")"
    }
  }

  private var userKey: String {
    let sources = configuration.proxy.userKey.sources.map { source in
      switch source {
      case .header(let name): "header \(name)"
      case .cookie(let name): "cookie \(name)"
      case .query(let name): "query \(name)"
      case .jwtClaim(let name): "claim \(name)"
      }
    }
    return sources.joined(separator: ", else ") + "; without one: \(configuration.proxy.userKey.anonymous.rawValue)"
  }

  /// Empty without an access log.
  private var accessLog: [String] {
    let log = configuration.proxy.accessLog
    let destination: String
    switch log.destination {
    case .none: return []
    case .standardOutput: destination = "standard output"
    case .file(let path): destination = path
    }
    let user = log.user == .hash ? "a hash" : log.user.rawValue
    let sample = log.sample < 1 ? ", a share of \(log.sample) of the successes" : ""
    return ["\(destination), as \(log.format.rawValue), user: \(user)\(sample)"]
  }

  /// Empty if they are not watched.
  private var contexts: [String] {
    let settings = configuration.contexts
    guard let address = settings.address else { return [] }
    let counted = settings.countEvery.map { "counted every \(DurationText.text($0))" } ?? "not counted"
    return ["\(address), keys \(counted)"]
  }

  /// Empty for the default.
  private var layout: [String] {
    configuration.origins[ContextsSettings.layoutKey] == nil ? [] : [configuration.contexts.layout]
  }

  private var unused: [String] {
    let names = flags.names.filter { !configuration.proxy.flagNames.contains($0) }
    return names.isEmpty ? [] : ["no route uses \(names.joined(separator: ", "))"]
  }

  /// Timeouts and limits that differ from the default.
  private var changed: [String] {
    let (timeouts, limits) = (configuration.proxy.timeouts, configuration.proxy.limits)
    var lines: [String] = []
    for field in TimeoutField.all where timeouts[keyPath: field.value] != TimeoutSettings()[keyPath: field.value] {
      let standard = DurationText.text(TimeoutSettings()[keyPath: field.value])
      lines.append("timeouts.\(field.key) \(DurationText.text(timeouts[keyPath: field.value])) (default \(standard))")
    }
    for field in LimitField.all where limits[keyPath: field.value] != LimitSettings()[keyPath: field.value] {
      lines.append("limits.\(field.key) \(field.text(in: limits)) (default \(field.text(in: LimitSettings())))")
    }
    if limits.requestBodyBytes > 0 {
      lines.append("limits.\(LimitField.requestBodyKey) \(SizeText.text(limits.requestBodyBytes)) (default none)")
    }
    return lines
  }

  private var notes: [String] {
    let proxy = configuration.proxy
    guard proxy.legacy == proxy.unified else { return [] }
    return ["note: legacy and unified have the same servers and the same prefix"]
  }
}

/// The document of `check --json`.
struct CheckDocument: Encodable {
  struct Cohort: Encodable {
    let servers: [String]
    let pathPrefix: String

    init(_ settings: CohortSettings) {
      servers = settings.servers.map { "http://\($0)" }
      pathPrefix = settings.pathPrefix
    }

    enum CodingKeys: String, CodingKey {
      case servers
      case pathPrefix = "path_prefix"
    }
  }

  struct System: Encodable {
    let listen: [String]
    let admin: String
    let workers: Int
    let flags: String
    /// Only if the contexts are watched.
    let contexts: String?
    let layout: String
    let legacy: Cohort
    let unified: Cohort
  }

  let valid: Bool
  let problems: [String]
  /// Only if the configuration is valid.
  let configuration: System?
  let flags: [String]?

  init(_ configuration: Configuration?, _ document: FlagDocument?, _ problems: [String]) {
    valid = problems.isEmpty
    self.problems = problems
    self.configuration = configuration.map { configuration in
      System(
        listen: configuration.proxy.listen.map(\.description), admin: configuration.admin.description,
        workers: configuration.proxy.workers, flags: configuration.place,
        contexts: configuration.contexts.address?.description, layout: configuration.contexts.layout,
        legacy: Cohort(configuration.proxy.legacy), unified: Cohort(configuration.proxy.unified))
    }
    flags = document?.names
  }
}

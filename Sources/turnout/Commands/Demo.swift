import Admin
import ArgumentParser
import Configuration
import FlagStore
import Flags
import Glibc
import Logging
import Proxy
import Samples

/// Runs the proxy with two sample servers, to try it out.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "demo", "Run the proxy with two sample servers of its own, to try it out.",
    usage: "[--listen <host:port>] [<options>]",
    discussion: """
      Everything listens on loopback: the proxy on port 8080, its admin port on 9901, unless --listen and --admin say \
      otherwise. Without --flags the demo works on a copy of flags.json in its own folder, turnout.state/demo. Contexts \
      are in memory, or in the Redis of $REDIS_URL.
      """,
    examples: [
      "turnout demo",
      "turnout demo --listen 127.0.0.1:8088 --admin 127.0.0.1:9909",
    ])

  @Option(help: ArgumentHelp("The client port. Default: 127.0.0.1:8080.", valueName: "host:port"))
  var listen: String?

  @OptionGroup(title: "Which system") var system: SystemOptions

  func run() throws {
    Shutdown.prepare()
    let store = try SampleBackend.store(redis: nil, inMemory: false)
    var configuration = try configure()
    let logger = EventLog.make(configuration.logLevel)
    defer { EventLog.flush() }
    let upstreams = try Cohort.allCases.map { try startUpstream($0, store, logger) }
    configuration.proxy.legacy.servers = [Endpoint(host: "127.0.0.1", port: upstreams[0].port)]
    configuration.proxy.unified.servers = [Endpoint(host: "127.0.0.1", port: upstreams[1].port)]
    if configuration.origins["flags"] == nil { configuration.flags = .file(try ownFlagsPath(configuration)) }
    if case .file(let path) = configuration.flags { try makeFlags(path, like: Configuration.standardFlagsPath) }
    let running = try Serve.start(configuration, logger: logger)
    Console.write(welcome(running, configuration, contexts: SampleBackend.name(store)))
    Shutdown.serve(running, drainSeconds: configuration.proxy.timeouts.drain / 1_000_000_000, logger: logger)
    for upstream in upstreams { upstream.stop() }
  }

  private func startUpstream(_ cohort: Cohort, _ store: SampleStore, _ logger: Logger) throws -> SampleUpstream {
    do { return try SampleUpstream.start(cohort: cohort, store: store, log: SampleBackend.log(logger)) } catch {
      throw failure(.failed, "sample upstream \(cohort): \(error)")
    }
  }

  /// The defaults with the sample servers. turnout.yaml is about other servers, so it is read only if --config names it.
  private func configure() throws -> Configuration {
    var overrides = system.overrides
    overrides.contexts = SystemOptions.contexts
    // Placeholders until the sample servers have ports.
    overrides.legacy = [.init("http://127.0.0.1:1", from: .option("--legacy"))]
    overrides.unified = [.init("http://127.0.0.1:2", from: .option("--unified"))]
    overrides.listen = listen.map { [.init($0, from: .option("--listen"))] } ?? []
    do throws(ConfigurationError) {
      var configuration = try Configuration.load(file: system.config, overrides: overrides)
      // The sample application also takes the user from a token.
      if configuration.proxy.userKey == UserKeySettings() {
        configuration.proxy.userKey.sources.append(.jwtClaim("sub"))
      }
      configuration.proxy.limits.clientConnections = min(configuration.proxy.limits.clientConnections, 1_024)
      return configuration
    } catch {
      throw failure(.configuration, error.description)
    }
  }

  /// The demo's own flag file, so that the demo changes no file of the project. Creates its folder.
  private func ownFlagsPath(_ configuration: Configuration) throws -> String {
    let folder = configuration.state + "/demo"
    for path in [configuration.state, folder] where unsafe mkdir(path, 0o700) != 0 && errno != EEXIST {
      throw failure(.failed, "\(path): cannot be created: \(unsafe String(cString: strerror(errno)))")
    }
    return folder + "/flags.json"
  }

  /// Creates a flag file, unless there is one: a copy of `original`, or 10 %.
  private func makeFlags(_ path: String, like original: String) throws {
    guard unsafe access(path, F_OK) != 0 else { return }
    let copy = try? FlagFile(original).read()
    let text = copy?.render() ?? "{\n  \"\(Configuration.standardFlag)\": 10\n}\n"
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw failure(.failed, "\(path): cannot be created: \(unsafe String(cString: strerror(errno)))")
    }
    Console.write(text, to: descriptor)
    close(descriptor)
  }

  /// The options with which other commands find this demo, rather than a system from variables or turnout.yaml.
  private func systemOptions(_ running: RunningSystem, _ configuration: Configuration) -> String {
    let admin = Endpoint(host: configuration.admin.host, port: running.admin.port)
    if let found = try? Configuration.locate(file: system.file, overrides: system.overrides).configuration,
      found.flags == configuration.flags, found.admin == admin
    {
      return system.typed
    }
    return " --flags \(Shell.quoted(configuration.place)) --admin \(admin)"
  }

  private func welcome(
    _ running: RunningSystem, _ configuration: Configuration, contexts: String
  ) -> String {
    let address = running.proxy.addresses.first.map(\.description) ?? ""
    let program = Shell.quoted(CommandLine.arguments.first ?? "turnout")
    let options = systemOptions(running, configuration)
    return """

      Turnout is running. Requests to http://\(address) go to a sample upstream, legacy or unified, by user.
      The flag is in \(configuration.place), contexts are \(contexts). In another terminal, try:

        curl -s http://\(address)/api/chat -H 'X-User-Id: alice' -H 'Content-Type: application/json' \\
          -d '{"message": "Hello"}'
        \(program) set 50\(options)
        \(program) status\(options)
        \(program) which alice bob\(options)
        \(program) kill --reason "just trying"\(options)
        \(program) restore\(options)

      Dashboard: http://\(configuration.admin.host):\(running.admin.port)/
        (to change something there, it asks for the token in \(configuration.tokenFile))
      Metrics: http://\(configuration.admin.host):\(running.admin.port)/metrics   End: Ctrl-C


      """
  }
}

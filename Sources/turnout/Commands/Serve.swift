import Admin
import ArgumentParser
import Configuration
import FlagStore
import Logging
import Proxy

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "serve", "Run the proxy.", usage: "[--config <file>] [<options>]",
    discussion: """
      Each cohort needs at least one server, from turnout.yaml or from --legacy and --unified. SIGTERM drains: the proxy \
      accepts no new connections, finishes the requests in flight, then exits with 0. SIGUSR1 kills this proxy locally.
      """,
    examples: [
      "turnout serve --config turnout.yaml",
      "turnout serve --legacy http://10.0.0.1:9001 --unified http://10.0.0.2:9002",
      "turnout serve --flags redis://redis-1:6379 --name edge-1",
    ])

  @OptionGroup var options: ProxyOptions

  func run() throws {
    Shutdown.prepare()
    let configuration = try options.load()
    let logger = EventLog.make(configuration.logLevel)
    defer { EventLog.flush() }
    let system = try Serve.start(configuration, logger: logger)
    let clients = system.proxy.addresses.map { "http://\($0)" }.joined(separator: ", ")
    let socket = configuration.adminSocket.map { " and \($0)" } ?? ""
    let admin = "http://\(configuration.admin.host):\(system.admin.port)"
    logger.notice("listening on \(clients); admin API and dashboard on \(admin)\(socket)")
    Shutdown.serve(system, drainSeconds: configuration.proxy.timeouts.drain / 1_000_000_000, logger: logger)
  }

  /// Starts the system, or ends the command with the reason.
  static func start(_ configuration: Configuration, logger: Logger) throws -> RunningSystem {
    do {
      return try RunningSystem(configuration, logger: logger)
    } catch let error as FlagStoreError {
      throw failure(.configuration, error.description)
    } catch let error as ExitCode {
      throw error
    } catch let error as StartError {
      throw failure(.failed, error.description)
    } catch {
      throw failure(.failed, "admin port: \(error)")
    }
  }
}

/// The options of `serve` and `check`: the system, and values that override those of the file.
struct ProxyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The client port. Repeatable. Default: 127.0.0.1:8080.", valueName: "host:port"))
  var listen: [String] = []

  @Option(help: ArgumentHelp("A server of the legacy cohort. Repeatable.", valueName: "http://host:port"))
  var legacy: [String] = []

  @Option(help: ArgumentHelp("A server of the unified cohort. Repeatable.", valueName: "http://host:port"))
  var unified: [String] = []

  @Option(help: ArgumentHelp("Worker threads: a number, or auto (default) for one per processor.", valueName: "number"))
  var workers: String?

  @Option(
    help: ArgumentHelp(
      "The name of this proxy among those that share a store. Default: the host name.", valueName: "name"))
  var name: String?

  @OptionGroup(title: "Which system") var system: SystemOptions

  var overrides: Overrides {
    var overrides = system.overrides
    overrides.contexts = SystemOptions.contexts
    overrides.listen = listen.map { .init($0, from: .option("--listen")) }
    overrides.legacy = legacy.map { .init($0, from: .option("--legacy")) }
    overrides.unified = unified.map { .init($0, from: .option("--unified")) }
    overrides.workers = workers.map { .init($0, from: .option("--workers")) }
    overrides.name = name.map { .init($0, from: .option("--name")) }
    return overrides
  }

  /// The complete configuration; every mistake in it is printed and ends the command.
  func load() throws -> Configuration {
    try orFail(.configuration) { try Configuration.load(file: system.file, overrides: overrides) }
  }
}

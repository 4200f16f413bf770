import Admin
import ArgumentParser
import Configuration
import FlagStore
import Logging
import Proxy

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the proxy.",
    discussion: """
      Needs a server for each of the two paths, from turnout.yaml or from --legacy and --unified. SIGTERM drains: no new \
      connections, requests in flight finish, then it ends with 0.
      """)

  @OptionGroup var options: ProxyOptions

  func run() throws {
    Shutdown.prepare()
    let configuration = try options.load()
    let logger = EventLog.make(configuration.logLevel)
    defer { EventLog.flush() }
    let system = try Serve.start(configuration, logger: logger)
    let flags = system.proxy.addresses.map { "http://\($0)" }.joined(separator: ", ")
    let socket = configuration.adminSocket.map { " and \($0)" } ?? ""
    let admin = "http://\(configuration.admin.host):\(system.admin.port)"
    logger.notice("listening on \(flags); admin on \(admin)\(socket), the first for browsers as well: the dashboard")
    Shutdown.serve(system, drainSeconds: configuration.proxy.timeouts.drain / 1_000_000_000, logger: logger)
  }

  /// Starts the system or ends the command with what is in the way.
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

/// What `serve` and `check` take: the system, and the values that replace those of the file.
struct ProxyOptions: ParsableArguments {
  @OptionGroup var system: SystemOptions

  @Option(
    help: ArgumentHelp("Where clients connect; may be given again. Default: 127.0.0.1:8080.", valueName: "host:port"))
  var listen: [String] = []

  @Option(help: ArgumentHelp("A server of the legacy path; may be given again.", valueName: "http://host:port"))
  var legacy: [String] = []

  @Option(help: ArgumentHelp("A server of the unified path; may be given again.", valueName: "http://host:port"))
  var unified: [String] = []

  @Option(help: ArgumentHelp("Event loops: a number, or auto for one per processor (default).", valueName: "number"))
  var workers: String?

  @Option(help: ArgumentHelp("This proxy among those that share a store. Default: the host's name.", valueName: "name"))
  var name: String?

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

  /// The whole configuration, or everything that is wrong with it on standard error.
  func load() throws -> Configuration {
    do throws(ConfigurationError) {
      return try Configuration.load(file: system.file, overrides: overrides)
    } catch {
      throw failure(.configuration, error.description)
    }
  }
}

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

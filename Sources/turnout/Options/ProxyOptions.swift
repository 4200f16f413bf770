import ArgumentParser
import Configuration

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

import Configuration
import FlagStore
import Proxy
import Redis

/// What `check --json` prints.
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

  struct Place: Encodable {
    let listen: [String]
    let admin: String
    let workers: Int
    let flags: String
    /// Only where the contexts are watched.
    let contexts: String?
    let legacy: Cohort
    let unified: Cohort
  }

  let valid: Bool
  let problems: [String]
  /// Only where the configuration itself is good.
  let configuration: Place?
  let flags: [String]?

  init(_ configuration: Configuration?, _ document: FlagDocument?, _ problems: [String]) {
    valid = problems.isEmpty
    self.problems = problems
    self.configuration = configuration.map { configuration in
      Place(
        listen: configuration.proxy.listen.map(\.description), admin: configuration.admin.description,
        workers: configuration.proxy.workers, flags: configuration.place,
        contexts: configuration.contexts.address?.description,
        legacy: Cohort(configuration.proxy.legacy), unified: Cohort(configuration.proxy.unified))
    }
    flags = document?.names
  }
}

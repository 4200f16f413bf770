import Concurrency
import Configuration
import FlagStore
import Flags
import Proxy
import Statistics
import TestSupport

/// The data plane in the process of the tests, between two scripted upstreams. Nobody is in unified but the user "uma", unless
/// the flags say otherwise.
final class Stage: Sendable {
  let legacy: ScriptedUpstream
  let unified: ScriptedUpstream
  let proxy: LocalProxy

  static let flags = """
    { "UNIFIED_CONVERSATION_ENABLED": { "enabled": true, "percentage": 0, "allow": ["uma"] } }
    """

  convenience init(
    legacy: [UpstreamStep] = .saying("legacy"), unified: [UpstreamStep] = .saying("unified"), settings: String = "",
    flags: String = Stage.flags, workers: Int = 1
  ) throws {
    try self.init(
      ScriptedUpstream(legacy), ScriptedUpstream(unified), settings: settings, flags: flags, workers: workers)
  }

  init(
    _ legacy: ScriptedUpstream, _ unified: ScriptedUpstream, settings: String = "", flags: String = Stage.flags,
    workers: Int = 1
  ) throws {
    self.legacy = legacy
    self.unified = unified
    let cohorts = """
      cohorts:
        legacy: { servers: ["http://127.0.0.1:\(legacy.port)"] }
        unified: { servers: ["http://127.0.0.1:\(unified.port)"] }

      """
    proxy = try LocalProxy(cohorts + settings, flags: flags, workers: workers)
  }

  func client() throws -> WireConnection { try WireConnection.connect(to: proxy.port, owner: self) }
}

/// A `Proxy` that runs by the lines of a turnout.yaml, on a port of its own. It ends with its owner, and waits for nobody.
final class LocalProxy: Sendable {
  let port: UInt16
  private let proxy: Proxy

  init(_ settings: String, flags: String = Stage.flags, workers: Int = 1, port: UInt16 = 0) throws {
    let text = "listen: 127.0.0.1:\(port)\nworkers: \(workers)\n\(settings)\n"
    let (configuration, problems) = try Configuration.read(text: text, file: "turnout.yaml")
    guard problems.isEmpty else { throw SetupError("\(problems) in \(text)") }
    var settings = configuration.proxy
    settings.timeouts.drain = .zero
    let snapshot = FlagSnapshot(
      generation: 1, flags: try FlagDocument(parsing: Array(flags.utf8), file: "flags.json").flags)
    proxy = try Proxy(settings, flags: Published(snapshot))
    self.port = proxy.addresses[0].port
    try proxy.start()
  }

  deinit {
    proxy.drain()
    proxy.join()
  }

  func client() throws -> WireConnection { try WireConnection.connect(to: port, owner: self) }

  /// What all workers counted for the first flag.
  func count(_ counter: CohortCounter, _ cohort: Cohort) -> UInt64 {
    count(at: proxy.layout.indices.cohortBase(group: 0, cohort: Int(cohort.rawValue)) + counter.rawValue)
  }

  func count(_ counter: WorkerCounter) -> UInt64 { count(at: proxy.layout.indices.workerBase + counter.rawValue) }

  private func count(at index: Int) -> UInt64 { proxy.lanes.reduce(0) { $0 + $1.value(at: index) } }
}

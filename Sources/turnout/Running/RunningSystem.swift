import Admin
import CohortMetrics
import Configuration
import FlagStore
import Flags
import Glibc
import Logging
import Proxy
import Reactor
import Sharing
import Synchronization

/// The running program: the data plane, the watcher of its flags and the admin port, put together from a configuration.
///
///     FlagWatcher -- publishes --> Published<FlagSnapshot> -- is read by --> Proxy -- counts in --> lanes
///                                                                                                    |
///     AdminServer <-- CohortMetrics <-- are merged by ------------------------------------------------
final class RunningSystem: Sendable {
  let proxy: Proxy
  let admin: AdminServer
  let flags: FlagsInForce
  private let watcher: FlagWatcher
  private let store: StoreDesk
  private let draining = Flag()

  /// Read by the admin port while the last requests finish.
  private final class Flag: Sendable {
    let isSet = Atomic<Bool>(false)
  }

  /// Starts everything. Whatever is wrong is thrown here, before a request is taken: nothing runs then.
  ///
  /// - Parameter settings: how the admin port may be reached.
  init(_ configuration: Configuration, logger: Logger, admin settings: AdminSettings = AdminSettings()) throws {
    let published = Published(FlagSnapshot(generation: 0, flags: []))
    let flags = FlagsInForce(
      names: configuration.proxy.flagNames, place: configuration.flagsPath, publish: { published.publish($0) },
      logger: logger)
    let watcher = FlagWatcher(FlagFile(configuration.flagsPath), into: flags, logger: logger)
    try watcher.begin()
    let proxy = try Proxy(Self.fitted(configuration.proxy, logger), flags: published)
    let draining = draining
    let store = try StoreDesk(FlagFile(configuration.flagsPath))
    var view = AdminView(
      process: ProcessFacts(
        version: Version.text, processID: Int(getpid()), workers: configuration.proxy.workers,
        listen: proxy.addresses.map(\.description)),
      metrics: CohortMetrics(layout: proxy.layout, lanes: proxy.lanes), flags: published,
      flagSource: { flags.status() }, isDraining: { draining.isSet.load(ordering: .acquiring) })
    (view.store, view.inForce) = (store, flags)
    admin = try AdminServer.start(
      host: configuration.admin.host, port: configuration.admin.port, view: view, settings: settings)
    self.store = store
    self.proxy = proxy
    self.flags = flags
    self.watcher = watcher
    try proxy.start()
    watcher.start()
  }

  /// The settings with as many client connections as there are descriptors for.
  private static func fitted(_ settings: ProxySettings, _ logger: Logger) throws -> ProxySettings {
    let descriptors = ProcessLimits.raiseDescriptors()
    let connections = settings.clientConnections(withinDescriptors: descriptors)
    let advice = "raise it (ulimit -n, LimitNOFILE) or lower limits.client_connections and limits.server_connections"
    guard connections > 0 else {
      throw failure(.failed, "the limit of \(descriptors) descriptors leaves none for clients; \(advice)")
    }
    guard connections < settings.limits.clientConnections else { return settings }
    logger.warning(
      "client connections are limited to \(connections) for each worker, because \(descriptors) descriptors are allowed; \(advice)"
    )
    var settings = settings
    settings.limits.clientConnections = connections
    return settings
  }

  /// Orders the end: no new connections, requests in flight finish. The admin port answers until they have.
  func drain() {
    draining.isSet.store(true, ordering: .releasing)
    proxy.drain()
  }

  /// Waits for the end that `drain` ordered.
  func join() {
    proxy.join()
    watcher.stop()
    admin.stop()
    admin.join()
    store.stop()
    store.join()
    flags.close()
  }
}

import Admin
import CohortMetrics
import CohortWindows
import Concurrency
import Configuration
import Conversations
import FlagStore
import Flags
import Glibc
import Logging
import Proxy
import Reactor
import Synchronization

/// The running program, assembled from a configuration: the data plane, the watcher of its flags, and the admin port.
///
///     FlagWatcher -- publishes --> Published<FlagSnapshot> -- read by --> Proxy -- counts in --> lanes
///                                                                                                 |
///     AdminServer <-- serves -- CohortMetrics <-- merges the lanes --------------------------------
///                 <-- serves -- CohortWindows <-- reads them each second
final class RunningSystem: Sendable {
  let proxy: Proxy
  let admin: AdminServer
  let flags: FlagsInForce
  let accessLog: AccessLog?
  private let watcher: any FlagWatching
  private let store: StoreJobQueue
  private let windows: CohortWindows
  private let contexts: ContextMonitor?
  private let draining = Flag()

  /// The admin port reads it while the last requests finish.
  private final class Flag: Sendable {
    let isSet = Atomic<Bool>(false)
  }

  /// Starts everything. Errors are thrown here, before the first request is accepted; nothing runs then.
  init(_ configuration: Configuration, logger: Logger) throws {
    let published = Published(FlagSnapshot(generation: 0, flags: []))
    let running = RunningParts()
    try StateFolder.make(configuration.state)
    let flags = FlagsInForce(
      names: configuration.proxy.flagNames, place: configuration.place, policy: configuration.flagStore.onLoss,
      stateFile: StateFile(StateFolder.lastGood(in: configuration.state)),
      publish: { snapshot in
        published.publish(snapshot)
        running.refresh()
      }, published: { running.publish($0) }, logger: logger)
    let accessLog = try Self.accessLog(configuration, logger)
    let watcher = Self.watcher(configuration.flags, into: flags, logger)
    try watcher.begin()
    let proxy = try Proxy(Self.fitted(configuration.proxy, logger), flags: published, accessLog: accessLog)
    let draining = draining
    let store = try StoreJobQueue(configuration.flags.source)
    let metrics = CohortMetrics(layout: proxy.layout, lanes: proxy.lanes, workerSettings: proxy.workerSettings)
    let windows = try Self.windows(configuration, metrics, logger)
    var view = AdminView(
      process: ProcessFacts(
        version: Version.text, processID: Int(getpid()), workers: configuration.proxy.workers,
        listen: proxy.addresses.map(\.description)),
      metrics: metrics, flags: published,
      flagSource: { flags.status() }, isDraining: { draining.isSet.load(ordering: .acquiring) })
    (view.store, view.inForce) = (store, flags)
    view.history = HistoryView(
      windows, guardrails: configuration.guardrails, isKilledLocally: { flags.status().localKill != nil })
    let contexts = Self.contexts(configuration, logger)
    view.moreFamilies = { windows.families + (contexts?.metrics.families ?? []) }
    if let accessLog { view.accessLog = { accessLog.reading } }
    admin = try AdminServer.start(
      host: configuration.admin.host, port: configuration.admin.port, view: view,
      settings: try Self.adminSettings(configuration))
    running.set(admin)
    self.store = store
    self.proxy = proxy
    self.flags = flags
    self.watcher = watcher
    self.windows = windows
    self.contexts = contexts
    running.set(windows)
    try windows.start(flags.status())
    self.accessLog = accessLog
    try accessLog?.start()
    try contexts?.start()
    try proxy.start()
    running.set(proxy)
    var member = FleetMember(
      id: String(UInt64.random(in: 0...UInt64.max), radix: 16), name: configuration.name, version: Version.text,
      pid: Int(getpid()), admin: "\(Endpoint(host: configuration.admin.host, port: admin.port))")
    member.windows = windows.proxy
    watcher.start { [member] in
      var member = member
      member.draining = draining.isSet.load(ordering: .acquiring)
      return member
    }
  }

  /// Creates the token at the first start.
  private static func adminSettings(_ configuration: Configuration) throws -> AdminSettings {
    var settings = AdminSettings()
    settings.hosts = configuration.adminHosts
    settings.socket = configuration.adminSocket
    settings.token = try AdminTokenFile(configuration.tokenFile).readOrMake()
    return settings
  }

  private static func windows(
    _ configuration: Configuration, _ metrics: CohortMetrics, _ logger: Logger
  ) throws -> CohortWindows {
    var fleet: RedisFlagLocation?
    if case .redis(let location) = configuration.flags { fleet = location }
    return try CohortWindows(
      names: configuration.proxy.flagNames, sources: WindowSources(metrics),
      folder: StateFolder.windows(in: configuration.state), fleet: fleet, logger: logger)
  }

  private static func watcher(_ location: FlagLocation, into flags: FlagsInForce, _ logger: Logger) -> any FlagWatching
  {
    switch location {
    case .file(let path): FlagWatcher(FlagFile(path), into: flags, logger: logger)
    case .redis(let redis): RedisWatcher(redis, into: flags, logger: logger)
    }
  }

  /// The settings, with the client connections limited to the available descriptors.
  private static func fitted(_ settings: ProxySettings, _ logger: Logger) throws -> ProxySettings {
    let descriptors = ProcessLimits.raiseDescriptors()
    let connections = settings.clientConnections(withinDescriptors: descriptors)
    let advice =
      "Raise the limit (ulimit -n, LimitNOFILE), or lower limits.client_connections and limits.server_connections."
    guard connections > 0 else {
      throw failure(.failed, "The limit of \(descriptors) descriptors leaves none for clients. \(advice)")
    }
    guard connections < settings.limits.clientConnections else { return settings }
    logger.warning(
      "the limit of \(descriptors) descriptors allows only \(connections) client connections per worker. \(advice)"
    )
    var settings = settings
    settings.limits.clientConnections = connections
    return settings
  }

  /// Starts the shutdown: no new connections, requests in flight finish. The admin port responds until they have.
  func drain() {
    draining.isSet.store(true, ordering: .releasing)
    proxy.drain()
  }

  /// Waits for the shutdown to complete.
  func join() {
    proxy.join()
    accessLog?.close(withinMilliseconds: Self.accessLogCloseMilliseconds)
    watcher.stop()
    windows.stop()
    contexts?.stop()
    admin.stop()
    admin.join()
    store.stop()
    store.join()
    flags.close()
  }
}

/// The parts that are notified of published flags; they are set as soon as they run.
private final class RunningParts: Sendable {
  private let parts = Mutex<(proxy: Proxy?, admin: AdminServer?, windows: CohortWindows?)>((nil, nil, nil))

  func set(_ proxy: Proxy) { parts.withLock { $0.proxy = proxy } }

  func set(_ admin: AdminServer) { parts.withLock { $0.admin = admin } }

  func set(_ windows: CohortWindows) { parts.withLock { $0.windows = windows } }

  /// Makes the workers read the published flags even if no request comes, because a kill ends requests in flight. Then
  /// notifies the watchers of the admin port.
  func refresh() {
    let (proxy, admin, _) = parts.withLock { $0 }
    proxy?.refresh()
    admin?.flagsChanged()
  }

  /// Passes the state in force to the windows.
  func publish(_ status: FlagSourceStatus) { parts.withLock { $0.windows }?.publish(status) }
}

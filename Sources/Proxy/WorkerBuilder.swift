internal import Bytes
internal import Concurrency
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics
internal import Synchronization

/// A worker that waits for its thread.
final class PendingWorker: Sendable {
  let control: WorkerControl
  private let worker: Mutex<Worker?>

  init(_ worker: consuming sending Worker) {
    control = worker.control
    self.worker = Mutex(worker)
  }

  /// Runs the worker to its end on this thread.
  func run() {
    guard var worker = worker.withLock({ $0.take() }) else { return }
    worker.run()
  }
}

/// Makes a worker from the settings.
struct WorkerBuilder {
  private let settings: ProxySettings
  private let layout: LaneLayout
  private let lane: CounterLane
  private let workerSettings: CounterLane
  private let flags: Published<FlagSnapshot>
  private let accessLog: AccessLog?

  init(
    _ settings: ProxySettings, _ layout: LaneLayout, _ lane: CounterLane, _ workerSettings: CounterLane,
    _ flags: Published<FlagSnapshot>, _ accessLog: AccessLog?
  ) {
    self.settings = settings
    self.layout = layout
    self.lane = lane
    self.workerSettings = workerSettings
    self.flags = flags
    self.accessLog = accessLog
  }

  /// Builds worker `number`, which listens on `addresses`. A port 0 among them is replaced by the one that the kernel chose,
  /// for the next worker.
  func build(_ number: Int, on addresses: inout [Endpoint]) throws(StartError) -> PendingWorker {
    let listeners = try makeListeners(&addresses)
    let servers = try makeServers()
    let cohorts = Slab<CohortState>(capacity: 2) { index in
      let settings = index == 0 ? self.settings.legacy : self.settings.unified
      let first = index == 0 ? 0 : self.settings.legacy.servers.count
      return CohortState(
        firstServer: first, serverCount: settings.servers.count, pathPrefix: FixedBytes(settings.pathPrefix))
    }
    let limits = settings.limits
    let upstreamCapacity = limits.serverConnections * servers.count
    let worker = Worker(
      poller: try makePoller(), listeners: listeners, control: try makeControl(), timeoutSettings: settings.timeouts,
      limits: limits,
      headLimits: HeadLimits(headBytes: limits.headBytes, targetBytes: limits.targetBytes, fields: limits.headerFields),
      anonymous: settings.userKey.anonymous, clients: Slab(capacity: limits.clientConnections),
      serverConnections: Slab(capacity: upstreamCapacity),
      buffers: BufferPool(capacity: 2 * limits.clientConnections, bufferBytes: limits.bufferBytes),
      timeouts: TimeoutLists(
        nodeCount: limits.clientConnections + upstreamCapacity,
        durations: Timeout.allCases.map { $0.duration(settings.timeouts) }),
      servers: servers, cohorts: cohorts, router: Router(settings.routes, flagNames: settings.flagNames),
      users: UserKeyReader(settings.userKey), heads: HeadWriter(settings), published: flags, snapshot: flags.load(),
      killPlan: KillPlan(flagCount: settings.flagNames.count, grace: settings.killGrace),
      lanes: layout.indices, lane: lane.writer, workerSettings: workerSettings.reader,
      userTables: UserTables(layout.indices, lane.writer, flagCount: settings.flagNames.count),
      accessTap: accessLog?.tap(number, clients: limits.clientConnections) ?? AccessTap(),
      // Twice: while a turn serves those postponed before it, each can be postponed again.
      postponed: Slab(capacity: 2 * limits.clientConnections))
    return PendingWorker(worker)
  }

  private func makePoller() throws(StartError) -> Poller {
    do { return try Poller() } catch { throw .system(error) }
  }

  private func makeControl() throws(StartError) -> WorkerControl {
    do { return try WorkerControl() } catch { throw .system(error) }
  }

  private func makeListeners(_ addresses: inout [Endpoint]) throws(StartError) -> Slab<Listener> {
    var listeners = Slab<Listener>(capacity: addresses.count)
    for index in addresses.indices {
      let address = addresses[index]
      let listener: Listener
      do { listener = try Listener(host: address.host, port: address.port, isShared: true) } catch {
        throw .listen(error)
      }
      addresses[index].port = listener.port
      listeners.append(listener)
    }
    return listeners
  }

  /// The servers of legacy, then those of unified.
  private func makeServers() throws(StartError) -> Slab<Server> {
    let all = settings.legacy.servers.map { ($0, Cohort.legacy) } + settings.unified.servers.map { ($0, .unified) }
    var servers = Slab<Server>(capacity: all.count)
    for (endpoint, cohort) in all {
      let address: SocketAddress
      do { address = try SocketAddress.resolve(host: endpoint.host, port: endpoint.port) } catch {
        throw .resolve("\(cohort)", error)
      }
      servers.append(Server(address: address, authority: FixedBytes(endpoint.description), cohort: cohort))
    }
    return servers
  }
}

internal import Bytes
internal import Concurrency
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics
internal import Synchronization

/// A worker that is built and waits for its thread.
final class PendingWorker: Sendable {
  let control: WorkerControl
  private let worker: Mutex<Worker?>
  /// What the worker refers to without counting references.
  private let lane: CounterLane
  private let workerSettings: CounterLane
  private let accessLog: AccessLog?

  init(_ worker: consuming sending Worker, lane: CounterLane, workerSettings: CounterLane, accessLog: AccessLog?) {
    control = worker.control
    self.accessLog = accessLog
    self.lane = lane
    self.workerSettings = workerSettings
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

  /// Longest head that the proxy writes: what a client may send and what is added.
  private static let additions = 4_096

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

  /// Worker `number` listens on `addresses`; a port 0 among them is replaced by the one that the kernel chose, for the next
  /// worker.
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
    let control = try makeControl()
    let viaName = FixedBytes(settings.headers.viaName ?? Self.defaultViaName)
    let snapshot = flags.load()
    let upstreamCapacity = limits.serverConnections * servers.capacity
    let worker = Worker(
      poller: try makePoller(), listeners: listeners, listenerCount: listeners.capacity, control: control,
      timeoutSettings: settings.timeouts, limits: limits,
      headLimits: HeadLimits(headBytes: limits.headBytes, targetBytes: limits.targetBytes, fields: limits.headerFields),
      headers: settings.headers, anonymous: settings.userKey.anonymous,
      anonymousCookie: FixedBytes(settings.userKey.anonymousCookie), viaName: viaName,
      clients: Slab(capacity: limits.clientConnections), upstreams: Slab(capacity: upstreamCapacity),
      buffers: BufferPool(capacity: 2 * limits.clientConnections, bufferBytes: limits.bufferBytes),
      timeouts: TimeoutLists(
        nodeCount: limits.clientConnections + upstreamCapacity,
        durations: Timeout.allCases.map { $0.duration(settings.timeouts) }),
      servers: servers, cohorts: cohorts, router: Router(settings.routes, flagNames: settings.flagNames),
      users: UserIdentifier(settings.userKey),
      stamps: RoutingHeaders(
        flagNames: settings.flagNames, constant: constantLines(), stampsAnswers: settings.headers.onResponses),
      published: flags, snapshot: snapshot,
      deciders: Slab(capacity: settings.flagNames.count) { snapshot.decider(at: $0) },
      killPlan: KillPlan(flagCount: settings.flagNames.count, grace: settings.killGrace),
      lanes: layout.indices, lane: lane.writer, workerSettings: workerSettings.reader,
      userTables: UserTables(layout.indices, lane.writer, flagCount: settings.flagNames.count),
      accessTap: accessLog?.tap(number, clients: limits.clientConnections) ?? AccessTap(),
      requestFields: FieldTable(capacity: limits.headerFields),
      answerFields: FieldTable(capacity: limits.headerFields),
      scratch: ByteWriter(capacity: limits.headBytes + Self.additions), random: RandomBits(),
      postponed: Slab(capacity: limits.clientConnections, { _ in -1 }))
    return PendingWorker(worker, lane: lane, workerSettings: workerSettings, accessLog: accessLog)
  }

  private func makePoller() throws(StartError) -> Poller {
    do { return try Poller() } catch { throw .system(error) }
  }

  private func makeControl() throws(StartError) -> WorkerControl {
    do { return try WorkerControl() } catch { throw .system(error) }
  }

  private func makeListeners(_ addresses: inout [Endpoint]) throws(StartError) -> Slab<Listener> {
    let listeners = Slab<Listener>(capacity: addresses.count)
    for index in addresses.indices {
      let address = addresses[index]
      let listener: Listener
      do { listener = try Listener(host: address.host, port: address.port, isShared: true) } catch {
        listeners.deallocate(initialized: index)
        throw .listen(error)
      }
      addresses[index].port = listener.port
      listeners.initialize(index, to: listener)
    }
    return listeners
  }

  /// The servers of legacy, then those of unified.
  private func makeServers() throws(StartError) -> Slab<Server> {
    let all = settings.legacy.servers.map { ($0, Cohort.legacy) } + settings.unified.servers.map { ($0, .unified) }
    let servers = Slab<Server>(capacity: all.count)
    for (index, (endpoint, cohort)) in all.enumerated() {
      let address: SocketAddress
      do { address = try SocketAddress.resolve(host: endpoint.host, port: endpoint.port) } catch {
        throw .resolve("\(cohort)", error)
      }
      let server = Server(address: address, authority: FixedBytes(endpoint.description), cohort: cohort)
      servers.initialize(index, to: server)
    }
    return servers
  }

  private func constantLines() -> FixedBytes {
    let headers = settings.headers
    var lines = ""
    if headers.sendsVia { lines += "Via: 1.1 \(headers.viaName ?? Self.defaultViaName)\r\n" }
    if headers.forwarded == .replace { lines += "X-Forwarded-Proto: http\r\n" }
    return FixedBytes(lines)
  }

  /// Tells this process from every other one, so that a chain of proxies is no loop.
  private static let defaultViaName = "turnout-" + String(UInt32.random(in: 0x1000_0000...0xFFFF_FFFF), radix: 16)
}

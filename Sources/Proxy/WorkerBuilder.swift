internal import Bytes
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Sharing
internal import Statistics
internal import Synchronization

/// A worker that is built and waits for its thread.
final class PendingWorker: Sendable {
  let control: WorkerControl
  private let worker: Mutex<Worker?>
  /// What the worker refers to without counting references.
  private let lane: CounterLane

  init(_ worker: consuming sending Worker, lane: CounterLane) {
    control = worker.control
    self.lane = lane
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
  private let flags: Published<FlagSnapshot>

  /// Longest head that the proxy writes: what a client may send and what is added.
  private static let additions = 4_096

  init(_ settings: ProxySettings, _ layout: LaneLayout, _ lane: CounterLane, _ flags: Published<FlagSnapshot>) {
    self.settings = settings
    self.layout = layout
    self.lane = lane
    self.flags = flags
  }

  /// Listens on `addresses`; a port 0 among them is replaced by the one that the kernel chose, for the next worker.
  func build(on addresses: inout [Endpoint]) throws(StartError) -> PendingWorker {
    var listeners: [Listener] = []
    _ = listeners
    fatalError()
  }
}

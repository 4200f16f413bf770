internal import Bytes
package import Concurrency
package import Flags
internal import HTTPWire
package import Reactor
package import Statistics
internal import Synchronization

/// The data plane: workers that serve on the snapshot they are given and count in the lanes they hand out. It knows
/// nothing of where the snapshot comes from or who reads the counters.
package final class Proxy: Sendable {
  package let layout: LaneLayout
  package let lanes: [CounterLane]
  /// Settings that the workers read while they run (`WorkerSettingIndices`). The owner of the proxy writes them.
  package let workerSettings: CounterLane
  /// The addresses it listens on, with the ports that the kernel chose.
  package let addresses: [Endpoint]
  private let workers: [PendingWorker]
  private let threads = Mutex<[WorkerThread]>([])

  /// Resolves names, opens ports and takes memory, so that only starting a thread can fail later. Connections wait in the
  /// kernel until `start`. Requests are logged to `accessLog`, which was made from the same settings.
  package init(
    _ settings: ProxySettings, flags: Published<FlagSnapshot>, accessLog: AccessLog? = nil
  ) throws(StartError) {
    let layout = LaneLayout(flags: settings.flagNames, localResponses: LocalResponse.labels)
    var lanes: [CounterLane] = []
    var workers: [PendingWorker] = []
    var addresses = settings.listen
    let workerSettings = CounterLane(count: WorkerSettingIndices.count(flagCount: layout.flags.count))
    workerSettings.writer.set(1, at: WorkerSettingIndices.usersEpoch)
    for number in 0..<settings.workers {
      let lane = CounterLane(count: layout.wordCount)
      lanes.append(lane)
      workers.append(
        try WorkerBuilder(settings, layout, lane, workerSettings, flags, accessLog).build(number, on: &addresses))
    }
    self.layout = layout
    self.lanes = lanes
    self.workerSettings = workerSettings
    self.workers = workers
    self.addresses = addresses
  }

  /// Starts the workers, each on a thread of its own. Call it once.
  package func start() throws(StartError) {
    for (number, worker) in workers.enumerated() {
      let thread: WorkerThread
      do { thread = try WorkerThread(name: "worker-\(number)") { worker.run() } } catch { throw .system(error) }
      threads.withLock { $0.append(thread) }
    }
  }

  /// Makes every worker take the latest snapshot now, even an idle one: a kill may have to end requests.
  package func refresh() { for worker in workers { worker.control.wakeup.wake() } }

  /// Orders the workers to drain. `join` returns when they have.
  package func drain() { for worker in workers { worker.control.orderDrain() } }

  /// Waits until all workers have ended.
  package func join() { for thread in threads.withLock({ $0 }) { thread.join() } }
}

/// Why the data plane does not start.
package enum StartError: Error, CustomStringConvertible {
  case listen(ListenError)
  case resolve(String, ResolveError)
  case system(SystemError)

  package var description: String {
    switch self {
    case .listen(let error): error.description
    case .resolve(let cohort, let error): "cohort \(cohort): \(error); check cohorts.\(cohort).servers"
    case .system(let error): error.description
    }
  }
}

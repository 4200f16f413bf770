internal import Bytes
package import Flags
internal import HTTPWire
package import Reactor
package import Sharing
package import Statistics

/// The data plane: workers that serve on the snapshot they are given and count in the lanes they hand out. It knows
/// nothing of where the snapshot comes from or who reads the counters.
package final class Proxy: Sendable {
  package let layout: LaneLayout
  package let lanes: [CounterLane]
  /// The addresses it listens on, with the ports that the kernel chose.
  package let addresses: [Endpoint]
  private let controls: [WorkerControl]
  private let threads: [WorkerThread]

  /// Listens, and starts the workers. Everything that can fail does so here: name resolution, ports, memory.
  package init(_ settings: ProxySettings, flags: Published<FlagSnapshot>) throws(StartError) {
    let layout = LaneLayout(flags: settings.flagNames, ownAnswers: OwnAnswer.labels)
    var lanes: [CounterLane] = []
    var controls: [WorkerControl] = []
    var addresses = settings.listen
    var pending: [PendingWorker] = []
    for _ in 0..<settings.workers {
      let lane = CounterLane(count: layout.counterCount)
      let worker = try WorkerBuilder(settings, layout, lane, flags).build(on: &addresses)
      lanes.append(lane)
      controls.append(worker.control)
      pending.append(worker)
    }
    self.layout = layout
    self.lanes = lanes
    self.controls = controls
    self.addresses = addresses
    var threads: [WorkerThread] = []
    for (number, worker) in pending.enumerated() {
      do { threads.append(try WorkerThread(name: "worker-\(number)") { worker.run() }) } catch { throw .system(error) }
    }
    self.threads = threads
  }

  /// Orders the workers to drain. `join` returns when they have.
  package func drain() { for control in controls { control.orderDrain() } }

  /// Waits until all workers have ended.
  package func join() { for thread in threads { thread.join() } }
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

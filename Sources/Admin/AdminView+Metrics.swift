internal import CohortMetrics
internal import Concurrency
internal import FlagStore
internal import Flags
internal import Reactor

extension AdminView {
  /// The metrics that no worker counts.
  var controlReading: ControlReading {
    let (snapshot, source) = (flags.load(), flagSource())
    var reading = ControlReading(
      version: process.version, startTimeSeconds: Double(process.startedAtSeconds))
    reading.workers = process.workers
    reading.usage = ProcessUsage.now().map(ControlReading.Usage.init)
    reading.flags = snapshot.flags.map { flag in
      ControlReading.Flag(
        name: flag.name, isEnabled: flag.isEnabled, percentage: flag.percentage.number,
        revision: UInt64(clamping: flag.revision))
    }
    reading.generation = snapshot.generation
    reading.sourceIsValid = source.isValid
    reading.sourceIsAway = source.isAway
    reading.isSourceLost = source.isStoreLost
    reading.reloads = source.reloadCount
    reading.rejectedChanges = source.rejectedCount
    reading.redisUsedBytes = source.memory?.usedBytes
    reading.redisMaximumBytes = source.memory?.maximumBytes
    reading.staleSeconds = UInt64(clamping: source.staleSeconds)
    reading.isKilledLocally = source.localKill != nil
    reading.isDraining = isDraining()
    if let accessLog { reading.accessLog = accessLog() }
    return reading
  }
}

extension ControlReading.Usage {
  fileprivate init(_ usage: ProcessUsage) {
    self.init(
      cpuSeconds: usage.cpuSeconds, residentBytes: usage.residentBytes, virtualBytes: usage.virtualBytes,
      openDescriptors: usage.openDescriptors, maximumDescriptors: usage.maximumDescriptors, threads: usage.threads)
  }
}

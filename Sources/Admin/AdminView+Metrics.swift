internal import CohortMetrics
internal import FlagStore
internal import Flags
internal import Sharing

extension AdminView {
  /// What no worker counts, for the metrics.
  var controlReading: ControlReading {
    let (snapshot, source) = (flags.load(), flagSource())
    var reading = ControlReading(
      version: process.version, startTimeSeconds: Double(process.startedAtSeconds))
    reading.flags = snapshot.flags.map { flag in
      ControlReading.Flag(
        name: flag.name, isEnabled: flag.isEnabled, percentage: flag.percentage.number,
        revision: UInt64(clamping: flag.revision))
    }
    reading.generation = snapshot.generation
    reading.sourceIsValid = source.isValid
    reading.rejectedChanges = source.rejectedCount
    reading.staleSeconds = UInt64(clamping: source.staleSeconds)
    reading.isKilledLocally = source.localKill != nil
    reading.isDraining = isDraining()
    if let accessLog { reading.accessLog = accessLog() }
    return reading
  }
}

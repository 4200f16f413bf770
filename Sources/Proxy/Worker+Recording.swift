internal import Bytes
internal import Concurrency
internal import Flags
internal import HTTPWire
internal import Statistics

// What an exchange counts when it has ended, under the cohort that was decided.
extension Worker {
  /// Adds the exchange to the access log and, if a cohort was decided for it, to the counters; once.
  mutating func record(_ index: Int) {
    if accessTap.isOn {
      let (exchange, peer) = (clients[index].exchange, clients[index].peer)
      accessTap.noteEnd(index, exchange, peer, now: now, flagCount: snapshot.count)
    }
    guard clients[index].exchange.isDecided else { return }
    #if !UNMEASURED
      recordDecided(clients[index].exchange)
    #endif
    clients[index].exchange.standing = .recorded
  }

  @inline(__always)
  private mutating func recordDecided(_ exchange: Exchange) {
    let (group, cohort) = (exchange.group, Int(exchange.cohort.rawValue))
    let base = lanes.cohortBase(group: group, cohort: cohort)
    let total = now &- exchange.begunAt
    lane.add(1, at: base &+ exchange.statusCounter.index)
    lane.add(UInt64(exchange.requestHeadBytes) &+ exchange.request.byteCount, at: base &+ CohortCounter.bytesIn.index)
    lane.add(exchange.bytesToClient, at: base &+ CohortCounter.bytesOut.index)
    if exchange.isError { lane.add(1, at: base &+ CohortCounter.errors.index) }
    if exchange.signals.contains(.created) { lane.add(1, at: base &+ CohortCounter.created.index) }
    if exchange.signals.contains(.contextError) { lane.add(1, at: base &+ CohortCounter.contextErrors.index) }
    if exchange.firstByteAt > 0 {
      let firstByte = exchange.firstByteAt &- exchange.begunAt
      lane.add(firstByte, at: base &+ CohortCounter.firstByteNanosecondsSum.index)
      lane.add(
        1,
        at: lanes.firstByteHistogramBase(group: group, cohort: cohort) &+ HistogramLayout.bucket(nanoseconds: firstByte)
      )
    }
    lane.add(total, at: base &+ CohortCounter.totalNanosecondsSum.index)
    if exchange.standing == .compared {
      recordCompared(exchange, cohort, total)
    } else {
      recordLeftOut(exchange, cohort, total, base)
    }
    lane.add(1, at: base &+ CohortCounter.finished.index)
  }

  /// Counts in the cluster of the user, one cache line. A request is slow when it takes longer than the worker setting
  /// `slow`, which the control plane takes from legacy's percentiles.
  @inline(__always)
  private mutating func recordCompared(_ exchange: Exchange, _ cohort: Int, _ total: UInt64) {
    let flag = exchange.group
    let bucket = HistogramLayout.bucket(nanoseconds: total)
    lane.add(1, at: lanes.comparedHistogramBase(group: flag, cohort: cohort) &+ bucket)
    let cluster = lanes.clusterBase(flag: flag, cohort: cohort, hash: exchange.userHash)
    lane.add(1, at: cluster &+ ClusterCounter.requests.index)
    lane.add(total, at: cluster &+ ClusterCounter.nanoseconds.index)
    if exchange.isError { lane.add(1, at: cluster &+ ClusterCounter.errors.index) }
    if exchange.signals.contains(.created) { lane.add(1, at: cluster &+ ClusterCounter.created.index) }
    let slow = workerSettings.value(at: WorkerSettingIndices.slow(flag: flag))
    if slow > 0 {
      lane.add(1, at: cluster &+ ClusterCounter.judged.index)
      // The second threshold is the larger one, so that only one request in twenty needs it.
      if total > slow {
        lane.add(1, at: cluster &+ ClusterCounter.slow.index)
        let slowest = workerSettings.value(at: WorkerSettingIndices.slowest(flag: flag))
        if total > slowest { lane.add(1, at: cluster &+ ClusterCounter.slowest.index) }
      }
    }
    userTables.note(
      flag: flag, hash: exchange.userHash, cohort: cohort,
      epoch: workerSettings.value(at: WorkerSettingIndices.usersEpoch))
  }

  @inline(__always)
  private func recordLeftOut(_ exchange: Exchange, _ cohort: Int, _ total: UInt64, _ base: Int) {
    let bucket = HistogramLayout.bucket(nanoseconds: total)
    lane.add(1, at: lanes.leftOutHistogramBase(group: exchange.group, cohort: cohort) &+ bucket)
    lane.add(1, at: base &+ CohortCounter.leftOut.index)
    if exchange.isError { lane.add(1, at: base &+ CohortCounter.leftOutErrors.index) }
  }
}

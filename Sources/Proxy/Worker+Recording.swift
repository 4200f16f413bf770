internal import Bytes
internal import Concurrency
internal import Flags
internal import HTTPWire
internal import Statistics

// What is counted of an exchange when it has ended, under the cohort that was decided.
extension Worker {
  /// Adds the exchange to the access log and, if a cohort was decided for it, to the counters; once.
  mutating func record(_ index: Int) {
    noteEnd(index)
    guard clients[index].exchange.isDecided else { return }
    clients[index].exchange.isDecided = false
    #if !UNMEASURED
      recordDecided(clients[index].exchange)
    #endif
  }

  @inline(__always)
  private func recordDecided(_ exchange: Exchange) {
    let (group, cohort) = (exchange.group, Int(exchange.cohort.rawValue))
    let base = lanes.cohortBase(group: group, cohort: cohort)
    let total = now &- exchange.begunAt
    lane.add(1, at: base &+ exchange.statusCounter.index)
    lane.add(UInt64(exchange.requestHeadBytes) &+ exchange.request.byteCount, at: base &+ CohortCounter.bytesIn.index)
    lane.add(exchange.bytesToClient, at: base &+ CohortCounter.bytesOut.index)
    if exchange.isError { lane.add(1, at: base &+ CohortCounter.errors.index) }
    if exchange.told.contains(.created) { lane.add(1, at: base &+ CohortCounter.created.index) }
    if exchange.told.contains(.contextError) { lane.add(1, at: base &+ CohortCounter.contextErrors.index) }
    if exchange.firstByteAt > 0 {
      let firstByte = exchange.firstByteAt &- exchange.begunAt
      lane.add(firstByte, at: base &+ CohortCounter.firstByteNanosecondsSum.index)
      lane.add(
        1,
        at: lanes.firstByteHistogramBase(group: group, cohort: cohort) &+ HistogramLayout.bucket(nanoseconds: firstByte)
      )
    }
    lane.add(total, at: base &+ CohortCounter.totalNanosecondsSum.index)
    if exchange.isCompared {
      recordCompared(exchange, cohort, total)
    } else {
      recordLeftOut(exchange, cohort, total, base)
    }
    lane.add(1, at: base &+ CohortCounter.finished.index)
  }

  /// In the cluster of its user, one cache line.
  @inline(__always)
  private func recordCompared(_ exchange: Exchange, _ cohort: Int, _ total: UInt64) {
    let flag = exchange.group
    let bucket = HistogramLayout.bucket(nanoseconds: total)
    lane.add(1, at: lanes.comparedHistogramBase(group: flag, cohort: cohort) &+ bucket)
    let cluster = lanes.clusterBase(flag: flag, cohort: cohort, hash: exchange.userHash)
    lane.add(1, at: cluster &+ ClusterCounter.requests.index)
    lane.add(total, at: cluster &+ ClusterCounter.nanoseconds.index)
    if exchange.isError { lane.add(1, at: cluster &+ ClusterCounter.errors.index) }
    if exchange.told.contains(.created) { lane.add(1, at: cluster &+ ClusterCounter.created.index) }
    let slow = workerSettings.value(at: WorkerSettingIndices.slow(flag: flag))
    if slow > 0 {
      lane.add(1, at: cluster &+ ClusterCounter.judged.index)
      // The second reference is the larger one, so that only one request in twenty asks for it.
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

extension UpstreamLoss {
  var counter: CohortCounter {
    switch self {
    case .connectRefused: .errorConnect
    case .connectTimeout, .firstByteTimeout, .writeTimeout, .responseIdle: .errorTimeout
    case .closed: .errorReset
    case .badHead, .badAnswer: .errorBadResponse
    }
  }
}

extension Exchange {
  /// The class of the answer's status; 0 stands for an exchange that was cut before it had an answer.
  var statusCounter: CohortCounter {
    switch status {
    case 200..<300: .status2xx
    case 300..<400: .status3xx
    case 400..<500: .status4xx
    case 500..<600: .status5xx
    default: .statusOther
    }
  }
}

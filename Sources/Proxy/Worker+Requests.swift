internal import Bytes
internal import Concurrency
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics

// Requests: read the head, judge it, decide the cohort.
extension Worker {
  /// Reads heads until one is complete, none is left or the connection is closed.
  mutating func readHead(_ index: Int) {
    var steps = 0
    while clients[index].phase == .head {
      steps &+= 1
      if steps > Self.stepsPerTurn { return postpone(index) }
      if clients[index].input.receivedCount > 0 {
        if clients[index].headBegunAt == 0 { clients[index].headBegunAt = now }
        guard parseHead(index) else { continue }
        return
      }
      clients[index].input.reset(headroom: BufferPool.headroom)
      guard receive(index) else { return awaitHead(index) }
    }
  }

  /// Takes up the request whose head stands in the buffer; if it is not complete, reads more. True when there is nothing
  /// to do for now.
  private mutating func parseHead(_ index: Int) -> Bool {
    let head: RequestHead?
    do {
      head = try parseRequestHead(clients[index].input.received, limits: headLimits, fields: &requestFields)
    } catch {
      refuse(index, .badHead(error))
      return false
    }
    if let head {
      begin(index, head)
      return false
    }
    if clients[index].input.freeCount == 0 { clients[index].input.compact(headroom: BufferPool.headroom) }
    if receive(index) { return false }
    awaitHead(index)
    return true
  }

  /// Waits for (the rest of) a head: 60 s for the first byte, 10 s in all from then on.
  private mutating func awaitHead(_ index: Int) {
    guard clients[index].phase == .head else { return }
    if clients[index].input.receivedCount > 0 {
      timeouts.armUnlessRunning(index, kind: Timeout.requestHead.rawValue, now: now)
    } else {
      buffers.release(&clients[index].input)
      if isDraining { closeClient(index) }
    }
  }

  private mutating func refuse(_ index: Int, _ answer: LocalResponse) {
    clients[index].exchange = Exchange()
    noteMalformed(index)
    clients[index].headBegunAt = 0
    respond(index, answer)
  }

  private mutating func begin(_ index: Int, _ head: RequestHead) {
    timeouts.disarm(index)
    clients[index].exchange = Exchange()
    clients[index].exchange.begunAt = now
    clients[index].exchange.headNanoseconds = now &- clients[index].headBegunAt
    clients[index].headBegunAt = 0
    clients[index].exchange.method = head.method
    clients[index].exchange.clientMinorVersion = head.minorVersion
    clients[index].exchange.keepsClient = head.keepsAlive && !isDraining
    clients[index].exchange.requestHeadBytes = UInt32(truncatingIfNeeded: head.length)
    clients[index].exchange.request = BodyDecoder(
      framing: head.framing, keepsChunkFraming: true, limit: limits.requestBodyBytes,
      trailerLimit: limits.trailerBytes, dropsTrailers: head.nominatesFields)
    noteHead(index, head)
    if let answer = judge(index, head) {
      noteClaimedIDs(index, head)
      clients[index].input.skip(head.length)
      return respond(index, answer)
    }
    decide(index, head)
    guard rewrite(index, head) else { return respond(index, .headTooLargeToForward) }
    do {
      try clients[index].exchange.request.process(&clients[index].input)
    } catch {
      return respond(index, .badBody(error))
    }
    if clients[index].exchange.request.isComplete {
      clients[index].exchange.heldBytes = Int32(truncatingIfNeeded: clients[index].input.readyCount)
    }
    obtainUpstream(index)
  }

  /// What the proxy answers itself without asking anyone: nil for a request that is to be forwarded.
  private mutating func judge(_ index: Int, _ head: RequestHead) -> LocalResponse? {
    let bytes = clients[index].input
    let dropped = requestFields.droppedAliasCount + users.protectKeyHeaders(bytes.received, &requestFields)
    if dropped > 0 {
      lane.add(UInt64(dropped), at: lanes.workerBase + WorkerCounter.aliasFieldsDropped.index)
    }
    if case .length(let length) = head.framing, limits.requestBodyBytes > 0, length > limits.requestBodyBytes {
      return .badBody(.tooLarge)
    }
    if hasPassedHere(bytes.received) { return .loop }
    guard let left = head.maxForwards, left == 0 else { return nil }
    return head.method == .trace ? .traceAtLastHop : .optionsAtLastHop
  }

  /// Whether a Via line names this proxy.
  private func hasPassedHere(_ bytes: RawSpan) -> Bool {
    for number in 0..<requestFields.count where requestFields[number].id == .via {
      if Via.contains(viaName.bytes, in: bytes.extracting(requestFields[number].value)) { return true }
    }
    return false
  }

  /// Decides the cohort under the latest snapshot and counts the request there.
  private mutating func decide(_ index: Int, _ head: RequestHead) {
    refreshSnapshot()
    let bytes = clients[index].input
    switch router.decider(for: bytes.received.extracting(head.path)) {
    case .cohort(let cohort):
      clients[index].exchange.group = lanes.fixedGroup
      clients[index].exchange.cohort = cohort
    case .flag(let flag):
      clients[index].exchange.group = flag
      let isKnown = users.identify(bytes.received, head, requestFields)
      let decision = isKnown ? decideKnown(index, flag) : decideAnonymous(index, flag)
      clients[index].exchange.cohort = decision.cohort
      clients[index].exchange.reason = decision.reason
    }
    clients[index].exchange.generation = stamps.generation
    clients[index].exchange.isDecided = true
    let cohort = clients[index].exchange.cohort
    count(.started, group: clients[index].exchange.group, cohort: cohort)
    cohorts[Int(cohort.rawValue)].retryBudget.countRequest()
  }

  private mutating func decideKnown(_ index: Int, _ flag: Int) -> Decision {
    let (decision, hash) = (deciders[flag].decide(user: users.found), Self.clusterHash(of: users.found))
    noteUser(index, users.found, bucket: decision.bucket)
    return compare(index, decision, hash)
  }

  private mutating func decideAnonymous(_ index: Int, _ flag: Int) -> Decision {
    let decision: Decision
    switch anonymous {
    case .legacy: decision = deciders[flag].decideAnonymous()
    case .address:
      let address = clients[index].peer
      let hash = Self.clusterHash(of: address.bytes)
      decision = compare(index, deciders[flag].decide(user: address.bytes), hash)
      noteUser(index, address.bytes, bucket: decision.bucket)
    case .cookie:
      var system = SystemRandomNumberGenerator()
      let id = (high: system.next() as UInt64, low: system.next() as UInt64)
      clients[index].exchange.anonymousID = id
      scratch.removeAll()
      scratch.append(hexadecimal: id.high)
      scratch.append(hexadecimal: id.low)
      let hash = Self.clusterHash(of: scratch.bytes)
      decision = compare(index, deciders[flag].decide(user: scratch.bytes), hash)
      noteUser(index, scratch.bytes, bucket: decision.bucket)
    }
    count(.anonymous, group: flag, cohort: decision.cohort)
    return decision
  }

  /// Notes whose request it is for comparisons, unless the flag's lists put that user where he is.
  private mutating func compare(_ index: Int, _ decision: Decision, _ hash: UInt32) -> Decision {
    clients[index].exchange.isCompared = decision.reason.isByChance
    clients[index].exchange.userHash = hash
    return decision
  }

  /// Another seed than that of the deciding hash, so that clusters say nothing about cohorts.
  @inline(__always)
  private static func clusterHash(of user: RawSpan) -> UInt32 {
    #if UNMEASURED
      0
    #else
      Murmur3(seed: 0x5BD1_E995).hash(user)
    #endif
  }
}

extension DecisionReason {
  /// The percentage decided, or the flag is off for everyone: not the user's being in a list, or without a key.
  fileprivate var isByChance: Bool {
    switch self {
    case .disabled, .bucketBelow, .bucketAbove: true
    case .denied, .allowed, .anonymous, .anonymousAtFull: false
    }
  }
}

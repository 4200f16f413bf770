internal import Bytes
internal import Concurrency
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics

// Requests: read the head, check it, decide the cohort.
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

  /// Takes up the request whose head is in the buffer; if it is not complete, reads more. True when there is nothing to do
  /// for now.
  private mutating func parseHead(_ index: Int) -> Bool {
    let head: RequestHead?
    do {
      head = try clients[index].parseRequestHead(headLimits, &heads.requestFields)
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

  /// Waits for a head, or the rest of one: `client_idle` for the first byte, `request_head` in all from then on.
  private mutating func awaitHead(_ index: Int) {
    guard clients[index].phase == .head else { return }
    if clients[index].input.receivedCount > 0 {
      timeouts.armUnlessRunning(index, kind: Timeout.requestHead.rawValue, now: now)
    } else {
      buffers.release(&clients[index].input)
      if isDraining { closeClient(index) }
    }
  }

  private mutating func refuse(_ index: Int, _ response: LocalResponse) {
    noteMalformed(index)
    clients[index].headBegunAt = 0
    respond(index, response)
  }

  /// Begins the exchange of a request whose head broke a rule or is incomplete.
  mutating func noteMalformed(_ index: Int) {
    clients[index].exchange = Exchange()
    clients[index].exchange.begunAt = now
    if clients[index].headBegunAt > 0 { clients[index].exchange.headNanoseconds = now &- clients[index].headBegunAt }
    accessTap.noteMalformed(index, &clients[index].input)
  }

  private mutating func begin(_ index: Int, _ head: RequestHead) {
    timeouts.disarm(index)
    clients[index].exchange = Exchange()
    clients[index].exchange.begunAt = now
    clients[index].exchange.headNanoseconds = now &- clients[index].headBegunAt
    clients[index].headBegunAt = 0
    clients[index].exchange.method = head.method
    clients[index].exchange.clientMinorVersion = head.minorVersion
    if head.keepsAlive && !isDraining { clients[index].exchange.clientPlan = .keep }
    clients[index].exchange.requestHeadBytes = UInt32(truncatingIfNeeded: head.length)
    clients[index].exchange.request = BodyDecoder(
      framing: head.framing, keepsChunkFraming: true, limit: limits.requestBodyBytes,
      trailerLimit: limits.trailerBytes, dropsTrailers: head.nominatesFields)
    accessTap.noteHead(index, head, &clients[index].input, heads.requestFields)
    if let response = responseWithoutServer(index, head) {
      if accessTap.isOn { noteClientIDs(index, head) }
      clients[index].input.skip(head.length)
      return respond(index, response)
    }
    decide(index, head)
    guard rewrite(index, head) else { return respond(index, .headTooLargeToForward) }
    do {
      try clients[index].processRequestBody()
    } catch {
      return respond(index, .badBody(error))
    }
    if clients[index].exchange.request.isComplete {
      clients[index].exchange.heldBytes = Int32(truncatingIfNeeded: clients[index].input.readyCount)
    }
    obtainServer(index)
  }

  private mutating func noteClientIDs(_ index: Int, _ head: RequestHead) {
    let ids = heads.clientIDs(head, &clients[index].input)
    accessTap.noteIDs(index, ids, &clients[index].input, heads.text)
  }

  /// The response of the proxy to a request that goes to no server; nil for one that is forwarded.
  private mutating func responseWithoutServer(_ index: Int, _ head: RequestHead) -> LocalResponse? {
    let dropped =
      heads.requestFields.droppedAliasCount + users.protectHeaders(&clients[index].input, &heads.requestFields)
    if dropped > 0 {
      lane.add(UInt64(dropped), at: lanes.workerBase + WorkerCounter.aliasFieldsDropped.index)
    }
    if case .length(let length) = head.framing, limits.requestBodyBytes > 0, length > limits.requestBodyBytes {
      return .badBody(.tooLarge)
    }
    if heads.hasLoop(&clients[index].input) { return .loop }
    guard let left = head.maxForwards, left == 0 else { return nil }
    return head.method == .trace ? .traceAtLastHop : .optionsAtLastHop
  }

  /// Replaces the client's head by the one for the server. False when that does not fit.
  private mutating func rewrite(_ index: Int, _ head: RequestHead) -> Bool {
    let ids = heads.writeRequest(head, of: &clients[index], cohorts, servers)
    accessTap.noteIDs(index, ids, &clients[index].input, heads.text)
    guard !heads.text.isOverflown else { return false }
    return clients[index].input.replaceHead(consumed: head.length, with: heads.text)
  }

  /// Decides the cohort under the latest snapshot and counts the request there.
  private mutating func decide(_ index: Int, _ head: RequestHead) {
    refreshSnapshot()
    switch router.decider(for: clients[index].input.received.extracting(head.path)) {
    case .cohort(let cohort):
      clients[index].exchange.group = lanes.fixedGroup
      clients[index].exchange.cohort = cohort
      clients[index].exchange.standing = .leftOut
    case .flag(let flag):
      clients[index].exchange.group = flag
      let isKnown = users.read(&clients[index].input, head, heads.requestFields)
      let decision = isKnown ? decideKnown(index, flag) : decideAnonymous(index, flag)
      clients[index].exchange.cohort = decision.cohort
      clients[index].exchange.reason = decision.reason
      clients[index].exchange.standing = decision.reason.isByChance ? .compared : .leftOut
    }
    clients[index].exchange.generation = heads.routing.generation
    let cohort = clients[index].exchange.cohort
    count(.started, group: clients[index].exchange.group, cohort: cohort)
    cohorts[Int(cohort.rawValue)].retryBudget.countRequest()
  }

  private mutating func decideKnown(_ index: Int, _ flag: Int) -> Decision {
    let decision = snapshot.decide(flag: flag, user: users.found)
    clients[index].exchange.userHash = Self.clusterHash(of: users.found)
    accessTap.noteUser(index, users, bucket: decision.bucket)
    return decision
  }

  private mutating func decideAnonymous(_ index: Int, _ flag: Int) -> Decision {
    let decision: Decision
    switch anonymous {
    case .legacy: decision = snapshot.decideAnonymous(flag: flag)
    case .address:
      let address = clients[index].peer
      decision = snapshot.decide(flag: flag, user: address.bytes)
      clients[index].exchange.userHash = Self.clusterHash(of: address.bytes)
      accessTap.noteUser(index, address, bucket: decision.bucket)
    case .cookie:
      var system = SystemRandomNumberGenerator()
      let id = (high: system.next() as UInt64, low: system.next() as UInt64)
      clients[index].exchange.anonymousID = id
      users.makeKey(id)
      decision = decideKnown(index, flag)
    }
    count(.anonymous, group: flag, cohort: decision.cohort)
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
  /// The percentage placed the user, or the flag is off for everyone; not a list, and not a missing key.
  fileprivate var isByChance: Bool {
    switch self {
    case .disabled, .bucketBelow, .bucketAbove: true
    case .denied, .allowed, .anonymous, .anonymousAtFull: false
    }
  }
}

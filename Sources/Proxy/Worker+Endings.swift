internal import Bytes
internal import Concurrency
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics

// How an exchange ends: finished, failed and tried again, answered by ourselves, cut.
extension Worker {
  /// The whole answer has been sent.
  mutating func finish(_ index: Int, _ upstream: Int) {
    let isSent = clients[index].exchange.request.isComplete && clients[index].input.readyCount == 0
    let hasSurplus = clients[index].output.receivedCount > 0 || upstreams[upstream].hasEnded || hasMore(upstream)
    clients[index].upstream = -1
    if clients[index].exchange.reusesUpstream(isRequestSent: isSent, hasSurplus: hasSurplus), !isDraining {
      giveBack(upstream)
    } else {
      closeUpstream(upstream)
    }
    record(index)
    goOn(index)
  }

  /// Whether the upstream's socket holds bytes that were not read; known without asking after a short read.
  private func hasMore(_ upstream: Int) -> Bool {
    upstreams[upstream].mayRead && !Socket.isQuiet(upstreams[upstream].descriptor)
  }

  /// The upstream failed the client's exchange.
  mutating func lose(_ index: Int, _ loss: UpstreamLoss) {
    let upstream = Int(clients[index].upstream)
    let isReused = upstreams[upstream].isReused
    clients[index].upstream = -1
    closeUpstream(upstream)
    settle(index, loss, isReused: isReused)
  }

  /// Carries out what is decided after a failure; the upstream connection is closed already.
  mutating func settle(_ index: Int, _ loss: UpstreamLoss, isReused: Bool) {
    let cohort = clients[index].exchange.cohort
    let state = Int(cohort.rawValue)
    count(loss.counter, group: clients[index].exchange.group, cohort: cohort)
    let decision = clients[index].exchange.decide(
      after: loss, onReusedConnection: isReused, hasOtherServer: cohorts[state].serverCount > 1,
      hasRetryLeft: cohorts[state].retryBudget.hasRetryLeft)
    switch decision {
    case .abort: abort(index, as: loss.termination, resets: true)
    case .answer(let answer): respond(index, answer)
    case .retry: retry(index)
    }
  }

  private mutating func retry(_ index: Int) {
    let cohort = clients[index].exchange.cohort
    cohorts[Int(cohort.rawValue)].retryBudget.charge()
    count(.retries, group: clients[index].exchange.group, cohort: cohort)
    clients[index].exchange.retries &+= 1
    if clients[index].exchange.hasWritten {
      clients[index].input.dropReady()
      clients[index].input.unsend(Int(clients[index].exchange.heldBytes))
    }
    clients[index].exchange.hasWritten = false
    clients[index].exchange.hasRequestBroken = false
    timeouts.disarm(index)
    obtainUpstream(index, isFresh: true)
  }

  /// Gives an answer of our own instead of an upstream's; the exchange's connection to one is closed.
  mutating func respond(_ index: Int, _ answer: LocalResponse) {
    leaveUpstream(index)
    // Nothing of our own can follow a part of the upstream's.
    if clients[index].exchange.hasAnswerHead || clients[index].output.readyCount > 0 {
      return abort(index, as: answer.termination, resets: true)
    }
    noteOwnAnswer(index, answer)
    clients[index].exchange.status = Int16(truncatingIfNeeded: answer.status)
    clients[index].exchange.firstByteAt = now
    let isRead = clients[index].exchange.request.isComplete
    let mayGoOn = !answer.closesConnection && !isDraining && !clients[index].hasEnded
    clients[index].exchange.keepsClient = clients[index].exchange.keepsClient && mayGoOn && isRead
    clients[index].exchange.mayHaveMoreInput = answer.closesConnection
    clients[index].input.dropReady()
    compose(index, answer)
    buffers.release(&clients[index].output)
    guard buffers.attach(&clients[index].output), clients[index].output.receive(scratch.bytes) else {
      return abort(index, as: .shutdown, resets: true)
    }
    clients[index].output.passThrough(scratch.count)
    clients[index].phase = .answering
    pumpOwnAnswer(index)
  }

  private mutating func leaveUpstream(_ index: Int) {
    if clients[index].phase == .queued { leaveQueue(index) }
    guard clients[index].upstream >= 0 else { return }
    let upstream = Int(clients[index].upstream)
    clients[index].upstream = -1
    closeUpstream(upstream)
  }

  private mutating func noteOwnAnswer(_ index: Int, _ answer: LocalResponse) {
    if answer == .killed { clients[index].exchange.termination = .killed }
    guard let number = LocalResponse.all.firstIndex(of: answer) else { return }
    lane.add(1, at: lanes.localResponseBase + number)
    clients[index].exchange.ownAnswer = Int16(truncatingIfNeeded: number)
  }

  private mutating func compose(_ index: Int, _ answer: LocalResponse) {
    let exchange = clients[index].exchange
    let (phrase, explanation) = (reasonPhrase(of: answer.status), answer.explanation)
    scratch.removeAll()
    scratch.append("HTTP/1.1 ")
    scratch.append(decimal: UInt64(answer.status))
    scratch.append(ASCII.space)
    scratch.append(phrase)
    scratch.append("\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nContent-Length: ")
    scratch.append(decimal: UInt64(4 + phrase.utf8CodeUnitCount + 2 + explanation.utf8CodeUnitCount + 1))
    scratch.append("\r\n")
    appendDate()
    if exchange.isDecided {
      stamps.appendAnswerLines(cohort: exchange.cohort, generation: exchange.generation, to: &scratch)
      if exchange.anonymousID != (0, 0) { appendAnonymousCookie(exchange.anonymousID) }
    }
    appendConnection(exchange)
    scratch.append("\r\n")
    clients[index].exchange.answerHeadBytes &+= UInt32(truncatingIfNeeded: scratch.count)
    if exchange.method == .head { return }
    scratch.append(decimal: UInt64(answer.status))
    scratch.append(ASCII.space)
    scratch.append(phrase)
    scratch.append(": ")
    scratch.append(explanation)
    scratch.append("\n")
  }

  /// Cuts the exchange. With `resets` the client sees a reset: what it got is not a whole answer.
  mutating func abort(_ index: Int, as termination: Termination, resets: Bool) {
    leaveUpstream(index)
    clients[index].exchange.termination = termination
    record(index)
    closeClient(index, resets: resets)
  }

  // MARK: After an answer

  /// The answer is out: the next request, or the end of the connection.
  mutating func goOn(_ index: Int) {
    buffers.release(&clients[index].output)
    let isRead = clients[index].exchange.request.isComplete
    let hasUnread = clients[index].input.receivedCount > 0 || clients[index].mayRead
    switch clients[index].exchange.decideAfterAnswer(isRequestRead: isRead, hasUnreadInput: hasUnread) {
    case .nextRequest:
      clients[index].input.dropReady()
      awaitNextRequest(index)
    case .drainBody:
      clients[index].phase = .draining
      clients[index].drained = 0
      clients[index].input.dropReady()
      drainBody(index)
    case .close: closeClient(index)
    case .linger: lingerClient(index)
    }
  }

  /// Between requests. The caller of the event's handler takes up what was received already.
  mutating func awaitNextRequest(_ index: Int) {
    clients[index].phase = .head
    if clients[index].input.receivedCount == 0 { buffers.release(&clients[index].input) }
    let hasMore = clients[index].mayRead || clients[index].input.receivedCount > 0
    if !hasMore, clients[index].hasEnded || isDraining { return closeClient(index) }
    arm(index, .clientIdle)
  }

  /// Ends our side and drops what still comes, so that no reset overtakes the answer (RFC 9112 9.6).
  mutating func lingerClient(_ index: Int) {
    clients[index].phase = .lingering
    clients[index].drained = 0
    Socket.shutdownSending(clients[index].descriptor)
    arm(index, .linger)
    drainLingering(index)
  }
}

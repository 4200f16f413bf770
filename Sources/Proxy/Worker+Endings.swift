internal import Bytes
internal import Concurrency
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics

// How an exchange ends: finished, with a response of our own, or aborted. `Retry.swift` decides after a failure.
extension Worker {
  /// The whole response has been sent.
  mutating func finish(_ index: Int, _ connection: Int) {
    let isSent = clients[index].exchange.request.isComplete && clients[index].input.readyCount == 0
    let hasSurplus =
      clients[index].output.receivedCount > 0 || serverConnections[connection].hasEnded || hasMore(connection)
    clients[index].serverConnection = -1
    if clients[index].exchange.reusesServer(isRequestSent: isSent, hasSurplus: hasSurplus), !isDraining {
      giveBack(connection)
    } else {
      closeServerConnection(connection)
    }
    record(index)
    continueAfterResponse(index)
  }

  /// Whether the server's socket holds unread bytes; known without a system call after a short read.
  private func hasMore(_ connection: Int) -> Bool {
    serverConnections[connection].mayRead && !Socket.isQuiet(serverConnections[connection].descriptor)
  }

  /// Sends a response of our own instead of the upstream's; the exchange leaves its server.
  mutating func respond(_ index: Int, _ response: LocalResponse) {
    leaveServer(index)
    // Nothing of our own can follow a part of the upstream's response.
    if clients[index].exchange.isCommitted || clients[index].output.readyCount > 0 {
      return abort(index, as: response.termination, resets: true)
    }
    noteLocalResponse(index, response)
    clients[index].exchange.status = Int16(truncatingIfNeeded: response.status)
    clients[index].exchange.firstByteAt = now
    if response.closesConnection {
      clients[index].exchange.clientPlan = .linger
    } else if isDraining || clients[index].hasEnded || !clients[index].exchange.request.isComplete {
      clients[index].exchange.clientPlan = .close
    }
    clients[index].input.dropReady()
    let length = heads.writeLocalResponse(response, for: clients[index].exchange)
    clients[index].exchange.responseHeadBytes &+= UInt32(truncatingIfNeeded: length)
    buffers.release(&clients[index].output)
    guard buffers.attach(&clients[index].output), clients[index].output.receive(heads.text) else {
      return abort(index, as: .shutdown, resets: true)
    }
    clients[index].output.passThrough(heads.text.count)
    clients[index].phase = .responding
    pumpLocalResponse(index)
  }

  private mutating func leaveServer(_ index: Int) {
    if clients[index].phase == .queued { leaveQueue(index) }
    guard clients[index].serverConnection >= 0 else { return }
    let connection = Int(clients[index].serverConnection)
    clients[index].serverConnection = -1
    closeServerConnection(connection)
  }

  private mutating func noteLocalResponse(_ index: Int, _ response: LocalResponse) {
    if response == .killed { clients[index].exchange.termination = .killed }
    guard let number = LocalResponse.all.firstIndex(of: response) else { return }
    lane.add(1, at: lanes.localResponseBase + number)
    clients[index].exchange.localResponse = Int16(truncatingIfNeeded: number)
  }

  /// Cuts the exchange. With `resets` the client sees a reset: what it got is not a whole response.
  mutating func abort(_ index: Int, as termination: Termination, resets: Bool) {
    leaveServer(index)
    clients[index].exchange.termination = termination
    record(index)
    closeClient(index, resets: resets)
  }

  // MARK: After a response

  /// The response is out: the next request, or the end of the connection.
  mutating func continueAfterResponse(_ index: Int) {
    buffers.release(&clients[index].output)
    let isRead = clients[index].exchange.request.isComplete
    let hasUnread = clients[index].input.receivedCount > 0 || clients[index].mayRead
    switch clients[index].exchange.decideAfterResponse(isRequestRead: isRead, hasUnreadInput: hasUnread) {
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

  /// Between requests. The caller takes up what was received already.
  mutating func awaitNextRequest(_ index: Int) {
    clients[index].phase = .head
    if clients[index].input.receivedCount == 0 { buffers.release(&clients[index].input) }
    let hasMore = clients[index].mayRead || clients[index].input.receivedCount > 0
    if !hasMore, clients[index].hasEnded || isDraining { return closeClient(index) }
    arm(index, .clientIdle)
  }

  /// Ends our side and drops what still arrives, so that no reset overtakes the response (RFC 9112 9.6).
  mutating func lingerClient(_ index: Int) {
    clients[index].phase = .lingering
    clients[index].drained = 0
    Socket.shutdownSending(clients[index].descriptor)
    arm(index, .linger)
    drainLingering(index)
  }
}

internal import Bytes
internal import Flags
internal import HTTPWire
internal import Reactor
internal import Statistics

// Response bytes on their way to the client.
extension Worker {
  /// Processes what came from the server, sends what is ready and reads more until it has to wait for one of the two
  /// sockets.
  mutating func pumpResponse(_ index: Int) {
    var steps = 0
    while clients[index].phase == .exchanging {
      steps &+= 1
      if steps > Self.stepsPerTurn {
        postpone(index)
        break
      }
      let connection = Int(clients[index].serverConnection)
      guard processResponse(index) else { return }
      if clients[index].output.readyCount > 0 {
        guard sendToClient(index) else { break }
        continue
      }
      if clients[index].exchange.isCommitted, clients[index].exchange.response.isComplete {
        return finish(index, connection)
      }
      guard receiveResponse(index, connection) else { break }
    }
    guard clients[index].phase == .exchanging else { return }
    if clients[index].output.isEmpty { buffers.release(&clients[index].output) }
    armExchange(index)
  }

  /// Moves what was received to the ready side: rewrites heads, checks body bytes. False when the exchange has ended.
  private mutating func processResponse(_ index: Int) -> Bool {
    while clients[index].output.receivedCount > 0, !clients[index].exchange.isCommitted {
      // A head before this one (1xx) has to leave first: the rewritten head needs its space.
      if clients[index].output.readyCount > 0 { return true }
      guard let isComplete = processResponseHead(index) else { return false }
      guard isComplete else { return true }
    }
    guard clients[index].exchange.isCommitted, !clients[index].exchange.response.isComplete else { return true }
    do {
      try clients[index].processResponseBody()
      return true
    } catch {
      serverFailed(index, .badResponse)
      return false
    }
  }

  /// True: a head was taken up; false: it is not complete yet; nil: the exchange has ended.
  private mutating func processResponseHead(_ index: Int) -> Bool? {
    let head: ResponseHead?
    do {
      head = try clients[index].parseResponseHead(headLimits, &heads.responseFields)
    } catch {
      serverFailed(index, .badHead(error))
      return nil
    }
    guard let head else {
      clients[index].output.makeRoom(headroom: BufferPool.headroom)
      return false
    }
    let isInformational = head.status < 200
    guard isInformational ? forwardInformational(index, head) : takeFinalHead(index, head) else {
      serverFailed(index, .badResponse)
      return nil
    }
    return true
  }

  /// A 1xx response is passed on to a 1.1 client (RFC 9110 15.2). 101 was not asked for, so it is a fault.
  private mutating func forwardInformational(_ index: Int, _ head: ResponseHead) -> Bool {
    clients[index].exchange.informationalCount &+= 1
    guard head.status != 101, clients[index].exchange.informationalCount <= Exchange.maximumInformational else {
      return false
    }
    guard clients[index].exchange.clientMinorVersion > 0 else {
      clients[index].output.skip(head.length)
      return true
    }
    heads.writeInformational(head, from: &clients[index].output)
    return replaceHead(index, head)
  }

  private mutating func takeFinalHead(_ index: Int, _ head: ResponseHead) -> Bool {
    let isOld = clients[index].exchange.clientMinorVersion == 0
    let endsWithClose = head.framing == .untilClose || (head.framing == .chunked && isOld)
    if endsWithClose || isDraining { clients[index].exchange.closeClientAfterwards() }
    clients[index].exchange.keepsServer = head.keepsAlive
    clients[index].exchange.status = Int16(truncatingIfNeeded: head.status)
    clients[index].exchange.firstByteAt = now
    clients[index].exchange.response = BodyDecoder(
      framing: head.framing, keepsChunkFraming: !isOld, limit: 0, trailerLimit: limits.trailerBytes,
      dropsTrailers: head.nominatesFields)
    clients[index].exchange.signals = heads.readSignals(&clients[index].output)
    heads.writeResponse(head, for: &clients[index], isOld: isOld)
    guard replaceHead(index, head) else { return false }
    clients[index].exchange.commitResponse()
    if head.status >= 500 {
      count(.error5xx, group: clients[index].exchange.group, cohort: clients[index].exchange.cohort)
    }
    return true
  }

  /// Replaces the head of the server by the one for the client. False when that does not fit.
  private mutating func replaceHead(_ index: Int, _ head: ResponseHead) -> Bool {
    clients[index].exchange.responseHeadBytes &+= UInt32(truncatingIfNeeded: heads.text.count)
    guard !heads.text.isOverflown else { return false }
    return clients[index].output.replaceHead(consumed: head.length, with: heads.text)
  }

  /// Sends what is ready. False when the client takes no more for now, or is gone.
  private mutating func sendToClient(_ index: Int) -> Bool {
    guard clients[index].mayWrite else { return false }
    let ready = clients[index].output.readyCount
    switch Socket.send(clients[index].descriptor, from: &clients[index].output) {
    case .moved(let count):
      clients[index].exchange.bytesToClient &+= UInt64(truncatingIfNeeded: count)
      if count < ready { clients[index].mayWrite = false }
      return true
    case .wouldBlock:
      clients[index].mayWrite = false
      return false
    case .ended, .failed:
      clientLost(index)
      return false
    }
  }

  /// Reads once from the server. False when nothing more has come, or the exchange has ended.
  private mutating func receiveResponse(_ index: Int, _ connection: Int) -> Bool {
    guard serverConnections[connection].mayRead else { return false }
    guard buffers.attach(&clients[index].output) else { return false }
    clients[index].output.makeRoom(headroom: BufferPool.headroom)
    let room = clients[index].output.freeCount
    switch Socket.receive(serverConnections[connection].descriptor, into: &clients[index].output) {
    case .moved(let count):
      if count < room, !serverConnections[connection].hasEnded { serverConnections[connection].mayRead = false }
      clients[index].exchange.noteResponseByte()
      return true
    case .wouldBlock:
      serverConnections[connection].mayRead = false
      return false
    case .ended: return responseEnded(index)
    case .failed:
      serverFailed(index, .closed)
      return false
    }
  }

  /// The server closed: the end of a response that ends so, a fault otherwise.
  private mutating func responseEnded(_ index: Int) -> Bool {
    guard clients[index].exchange.isCommitted else {
      serverFailed(index, .closed)
      return false
    }
    do {
      try clients[index].exchange.response.inputEnded()
      clients[index].exchange.keepsServer = false
      return true
    } catch {
      serverFailed(index, .closed)
      return false
    }
  }

  /// Sends a response of our own; when it is out, goes on with the connection.
  mutating func pumpLocalResponse(_ index: Int) {
    while clients[index].phase == .responding, clients[index].output.readyCount > 0 {
      guard sendToClient(index) else { break }
    }
    guard clients[index].phase == .responding else { return }
    if clients[index].output.readyCount > 0 { return arm(index, .writeIdle) }
    record(index)
    continueAfterResponse(index)
  }
}

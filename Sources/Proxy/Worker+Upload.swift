internal import Bytes
internal import HTTPWire
internal import Reactor

// Request bytes on their way to the server.
extension Worker {
  /// Sends what is ready and reads more of the body until it has to wait for one of the two sockets.
  mutating func pumpRequest(_ index: Int) {
    var steps = 0
    while clients[index].phase == .exchanging {
      steps &+= 1
      if steps > Self.stepsPerTurn {
        postpone(index)
        break
      }
      let connection = Int(clients[index].serverConnection)
      if clients[index].exchange.isRequestRefused { dropRequestBytes(index) }
      if clients[index].input.readyCount > 0 {
        guard serverConnections[connection].mayWrite else { break }
        sendRequestBytes(index, connection)
        continue
      }
      if clients[index].exchange.request.isComplete { break }
      guard receiveBody(index) else { break }
    }
    armExchange(index)
  }

  private mutating func sendRequestBytes(_ index: Int, _ connection: Int) {
    let ready = clients[index].input.readyCount
    switch Socket.send(serverConnections[connection].descriptor, from: &clients[index].input) {
    case .moved(let count):
      clients[index].exchange.noteRequestBytesSent()
      if count < ready { serverConnections[connection].mayWrite = false }
    case .wouldBlock:
      serverConnections[connection].mayWrite = false
    case .ended, .failed:
      requestRefused(index, connection)
    }
  }

  /// The server takes no more. It may have responded before it closed, so its response is read first.
  private mutating func requestRefused(_ index: Int, _ connection: Int) {
    clients[index].exchange.noteRequestRefused()
    serverConnections[connection].mayRead = true
    serverConnections[connection].hasEnded = true
    pumpResponse(index)
  }

  /// Drops bytes that the server no longer takes. From here on the request is not whole, as if they had been written.
  private mutating func dropRequestBytes(_ index: Int) {
    clients[index].input.dropReady()
    clients[index].exchange.noteRequestBytesSent()
  }

  /// Makes more of the body ready. False when nothing more has come from the client, or it is gone.
  private mutating func receiveBody(_ index: Int) -> Bool {
    let before = clients[index].input.receivedCount
    do {
      try clients[index].processRequestBody()
    } catch {
      respond(index, .badBody(error))
      return false
    }
    if clients[index].input.readyCount > 0 || clients[index].exchange.request.isComplete { return true }
    if clients[index].input.receivedCount < before { return true }
    clients[index].input.makeRoom(headroom: BufferPool.headroom)
    return receive(index)
  }

  /// Starts the timeout of the present wait; each byte that moves restarts it.
  mutating func armExchange(_ index: Int) {
    guard clients[index].phase == .exchanging else { return }
    if clients[index].output.readyCount > 0 || clients[index].input.readyCount > 0 {
      arm(index, .writeIdle)
    } else if clients[index].exchange.isCommitted {
      arm(index, .responseIdle)
    } else if clients[index].exchange.request.isComplete {
      // For the whole head, so that a server cannot drip it for ever.
      timeouts.armUnlessRunning(index, kind: Timeout.firstByte.rawValue, now: now)
    } else {
      arm(index, .requestBody)
    }
  }

  /// Drops the rest of a body whose response has been sent, up to a bound; then comes the next request.
  mutating func drainBody(_ index: Int) {
    while clients[index].phase == .draining {
      do {
        try clients[index].processRequestBody()
      } catch {
        return closeClient(index)
      }
      clients[index].drained &+= Int32(truncatingIfNeeded: clients[index].input.readyCount)
      clients[index].input.dropReady()
      if clients[index].exchange.request.isComplete { return awaitNextRequest(index) }
      if clients[index].drained > Self.mostDrained { return lingerClient(index) }
      clients[index].input.makeRoom(headroom: BufferPool.headroom)
      guard receive(index) else { break }
    }
    if clients[index].phase == .draining {
      timeouts.armUnlessRunning(index, kind: Timeout.linger.rawValue, now: now)
    }
  }

  /// Bytes of a body that are dropped after the response: past that a new connection is cheaper.
  private static var mostDrained: Int32 { 262_144 }

  /// Reads and drops until the client closes its side too.
  mutating func drainLingering(_ index: Int) {
    while clients[index].phase == .lingering {
      clients[index].input.reset(headroom: 0)
      guard receive(index) else { return }
      clients[index].drained &+= Int32(truncatingIfNeeded: clients[index].input.receivedCount)
      if clients[index].drained > Self.mostDrained { return closeClient(index) }
    }
  }
}

internal import Bytes
internal import HTTPWire
internal import Reactor

// Request bytes on their way to the upstream.
extension Worker {
  /// Sends what is ready and reads more of the body until one of the two sockets has to be waited for.
  mutating func pumpRequest(_ index: Int) {
    var steps = 0
    while clients[index].phase == .exchanging {
      steps &+= 1
      if steps > Self.stepsPerTurn {
        postpone(index)
        break
      }
      let upstream = Int(clients[index].upstream)
      if clients[index].exchange.hasRequestBroken { dropRequestBytes(index) }
      if clients[index].input.readyCount > 0 {
        guard upstreams[upstream].mayWrite else { break }
        sendRequestBytes(index, upstream)
        continue
      }
      if clients[index].exchange.request.isComplete { break }
      guard receiveBody(index) else { break }
    }
    armExchange(index)
  }

  private mutating func sendRequestBytes(_ index: Int, _ upstream: Int) {
    let ready = clients[index].input.readyCount
    switch Socket.send(upstreams[upstream].descriptor, from: &clients[index].input) {
    case .moved(let count):
      clients[index].exchange.hasWritten = true
      if count < ready { upstreams[upstream].mayWrite = false }
    case .wouldBlock:
      upstreams[upstream].mayWrite = false
    case .ended, .failed:
      requestBroke(index, upstream)
    }
  }

  /// The upstream takes no more. It may have answered before it closed, so its answer is read first.
  private mutating func requestBroke(_ index: Int, _ upstream: Int) {
    clients[index].exchange.hasRequestBroken = true
    upstreams[upstream].mayRead = true
    upstreams[upstream].hasEnded = true
    pumpAnswer(index)
  }

  /// Nobody takes them any more. From here on the request is not whole, as if it had been written.
  private mutating func dropRequestBytes(_ index: Int) {
    clients[index].input.dropReady()
    clients[index].exchange.hasWritten = true
  }

  /// Brings more of the body to the ready side. False when the client has to be waited for, or is gone.
  private mutating func receiveBody(_ index: Int) -> Bool {
    let before = clients[index].input.receivedCount
    do {
      try clients[index].exchange.request.process(&clients[index].input)
    } catch {
      respond(index, .badBody(error))
      return false
    }
    if clients[index].input.readyCount > 0 || clients[index].exchange.request.isComplete { return true }
    if clients[index].input.receivedCount < before { return true }
    clients[index].input.makeRoom(headroom: BufferPool.headroom)
    return receive(index)
  }

  /// Starts the timeout of what is waited for now; each byte that moved starts it anew.
  mutating func armExchange(_ index: Int) {
    guard clients[index].phase == .exchanging else { return }
    if clients[index].output.readyCount > 0 || clients[index].input.readyCount > 0 {
      arm(index, .writeIdle)
    } else if clients[index].exchange.hasAnswerHead {
      arm(index, .responseIdle)
    } else if clients[index].exchange.request.isComplete {
      // In all, so that an upstream that drips a head comes to an end.
      timeouts.armUnlessRunning(index, kind: Timeout.firstByte.rawValue, now: now)
    } else {
      arm(index, .requestBody)
    }
  }

  /// Drops the rest of a body whose answer has been sent, up to a bound; then comes the next request.
  mutating func drainBody(_ index: Int) {
    while clients[index].phase == .draining {
      do {
        try clients[index].exchange.request.process(&clients[index].input)
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

  /// Of the body of one request after its answer, in bytes: past that a new connection is cheaper.
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

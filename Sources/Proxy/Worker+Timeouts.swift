internal import Bytes
internal import HTTPWire
internal import Reactor
internal import Statistics

// What each timeout does.
extension Worker {
  mutating func expireTimeouts() {
    now = MonotonicClock.now()
    while let (node, kind) = timeouts.takeExpired(now: now) {
      guard let timeout = Timeout(rawValue: kind) else { continue }
      if node < clients.capacity {
        expireClient(node, timeout)
      } else if timeout == .connect {
        connectionLost(node &- clients.capacity, .connectTimeout)
      } else {
        closeServerConnection(node &- clients.capacity)
      }
    }
  }

  private mutating func expireClient(_ index: Int, _ timeout: Timeout) {
    switch timeout {
    case .requestHead:
      noteMalformed(index)
      respond(index, .headTimeout)
    case .requestBody: respond(index, .bodyTimeout)
    case .queue: respond(index, .queueTimeout)
    case .firstByte: serverFailed(index, .firstByteTimeout)
    case .responseIdle: serverFailed(index, .responseIdle)
    case .writeIdle: writeStalled(index)
    case .clientIdle, .linger: closeClient(index)
    case .connect, .pooledIdle: return
    }
    continueClient(index)
  }

  /// Gives up the side that takes no bytes: the client if its response waits, else the server.
  private mutating func writeStalled(_ index: Int) {
    if clients[index].output.readyCount > 0 {
      count(.clientAborts)
      abort(index, as: .clientTimeout, resets: true)
    } else {
      serverFailed(index, .writeTimeout)
    }
  }
}

/// The kinds of timeout, in the order of their lists. See docs/configuration.md for each.
enum Timeout: UInt8, CaseIterable {
  case requestHead = 0
  case clientIdle
  case requestBody
  case connect
  case queue
  case firstByte
  case responseIdle
  case writeIdle
  case pooledIdle
  case linger

  /// Nanoseconds.
  func duration(_ settings: TimeoutSettings) -> UInt64 {
    switch self {
    case .requestHead: settings.requestHead
    case .clientIdle: settings.clientIdle
    case .requestBody: settings.requestBodyIdle
    case .connect: settings.connect
    case .queue: settings.queue
    case .firstByte: settings.firstByte
    case .responseIdle: settings.responseIdle
    case .writeIdle: settings.writeIdle
    case .pooledIdle: settings.pooledIdle
    case .linger: settings.linger
    }
  }
}

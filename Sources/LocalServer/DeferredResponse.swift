internal import Synchronization

/// What a handler gives back.
package enum Reply: Sendable {
  case now(Response)
  /// The connection waits for the response, at most `ServerLimits.response`; then the client gets status 504.
  case later(DeferredResponse)
}

/// A response that any thread completes later. Only the first completion counts. One that comes too late, or after the
/// client has left, does nothing.
package final class DeferredResponse: Sendable {
  private enum State {
    case open
    case completed(Response)
    case awaited(ServerControl, connection: UInt64)
    case over
  }

  private let state = Mutex(State.open)

  package init() {}

  package func complete(_ response: Response) {
    state.withLock { state in
      switch state {
      case .open: state = .completed(response)
      case .awaited(let control, let connection):
        control.post(response, to: connection)
        state = .over
      case .completed, .over: break
      }
    }
  }

  /// Returns the response if it is complete. Otherwise `complete` posts it to the connection with that token.
  func await(in control: ServerControl, connection: UInt64) -> Response? {
    state.withLock { state in
      guard case .completed(let response) = state else {
        state = .awaited(control, connection: connection)
        return nil
      }
      state = .over
      return response
    }
  }

  /// Whether nobody waits any more: the time is over, or the client has left.
  package var isAbandoned: Bool {
    state.withLock { state in
      if case .over = state { true } else { false }
    }
  }

  func abandon() { state.withLock { $0 = .over } }
}

internal import Synchronization

/// What a handler gives back.
package enum Reply: Sendable {
  case now(Response)
  /// The connection waits until it is completed, at most `ServerLimits.answer`; then it is answered 504.
  case later(DeferredResponse)
}

/// An answer that somebody completes later, on any thread. The first completion counts, another is passed over; one that
/// comes too late, or to a client that has gone, reaches nobody and does no harm.
package final class DeferredResponse: Sendable {
  private enum State {
    case open
    case completed(Response)
    case awaited(ResponseInbox, ticket: UInt64)
    case over
  }

  private let state = Mutex(State.open)

  package init() {}

  package func complete(_ response: Response) {
    state.withLock { state in
      switch state {
      case .open: state = .completed(response)
      case .awaited(let mailbox, let ticket):
        mailbox.post(response, ticket: ticket)
        state = .over
      case .completed, .over: break
      }
    }
  }

  /// The response when it is there already. Otherwise it will be posted under the ticket.
  func await(in mailbox: ResponseInbox, ticket: UInt64) -> Response? {
    state.withLock { state in
      guard case .completed(let response) = state else {
        state = .awaited(mailbox, ticket: ticket)
        return nil
      }
      state = .over
      return response
    }
  }

  /// Whether there is nobody to answer: the time is over, or the client has gone.
  package var isAbandoned: Bool {
    state.withLock { state in
      if case .over = state { true } else { false }
    }
  }

  /// Nobody waits any longer.
  func abandon() { state.withLock { $0 = .over } }
}

/// Where deferred answers reach the server's thread. A connection waits for one at a time, so it never holds more letters
/// than there are connections.
final class ResponseInbox: Sendable {
  typealias Letter = (ticket: UInt64, response: Response)

  private let letters = Mutex<[Letter]>([])
  private let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  func post(_ response: Response, ticket: UInt64) {
    letters.withLock { $0.append((ticket, response)) }
    wake()
  }

  func takeAll() -> [Letter] {
    letters.withLock { letters in
      defer { letters = [] }
      return letters
    }
  }
}

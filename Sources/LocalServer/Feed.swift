internal import Synchronization

/// A response without an end that many connections share: every subscriber receives what any thread posts.
///
/// A subscriber receives what is posted from its subscription on; posts without subscribers are dropped. Nobody waits for
/// a slow client: the server closes its connection once `ServerLimits.feedBytes` wait for it. A feed belongs to one
/// server.
package final class Feed: Sendable {
  package struct Counts: Sendable, Equatable {
    package var subscribers = 0
    /// Connections closed since the start because the client did not read fast enough.
    package var tooSlow: UInt64 = 0
    /// Requests refused since the start because `ServerLimits.subscribers` were connected.
    package var tooMany: UInt64 = 0

    package init() {}
  }

  private struct State {
    var counts = Counts()
    var posted: [UInt8] = []
    /// Wakes the server; nil before the first subscriber.
    var wake: (@Sendable () -> Void)?
  }

  /// What a connection receives after `ServerLimits.heartbeat` of silence, so that each side notices when the other is
  /// gone. Empty for none.
  let heartbeat: [UInt8]
  private let onSubscribe: @Sendable () -> Void
  private let state = Mutex(State())

  /// - Parameter onSubscribe: the server's thread calls it for each new subscriber; it must not block.
  package init(heartbeat: [UInt8] = [], onSubscribe: @escaping @Sendable () -> Void = {}) {
    self.heartbeat = heartbeat
    self.onSubscribe = onSubscribe
  }

  package var counts: Counts { state.withLock { $0.counts } }

  package var hasSubscribers: Bool { counts.subscribers > 0 }

  package func post(_ bytes: [UInt8]) {
    let wake: (@Sendable () -> Void)? = state.withLock { state in
      guard state.counts.subscribers > 0, state.posted.count <= Self.postedBytes else { return nil }
      state.posted += bytes
      return state.wake
    }
    wake?()
  }

  /// How much may wait for the server's thread. Beyond it every connection is over `ServerLimits.feedBytes` anyway.
  private static let postedBytes = 1_048_576

  // MARK: For the server's thread

  func subscribe(wake: @escaping @Sendable () -> Void) {
    state.withLock { state in
      state.counts.subscribers += 1
      state.wake = wake
    }
    onSubscribe()
  }

  func unsubscribe(tooSlow: Bool) {
    state.withLock { state in
      state.counts.subscribers -= 1
      if tooSlow { state.counts.tooSlow += 1 }
      if state.counts.subscribers == 0 { state.posted = [] }
    }
  }

  func countRefusal() { state.withLock { $0.counts.tooMany += 1 } }

  func takePosted() -> [UInt8] {
    state.withLock { state in
      defer { state.posted = [] }
      return state.posted
    }
  }
}

extension Feed: Equatable {
  package static func == (one: Feed, other: Feed) -> Bool { one === other }
}

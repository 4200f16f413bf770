internal import Synchronization

/// An answer without an end that many connections share: what is posted, from any thread, reaches each that listens.
///
/// Who begins to listen gets what is posted from then on. Nobody waits for anybody: a connection that does not take what
/// is posted is closed once `ServerLimits.feedBytes` wait for it, and what is posted while nobody listens is forgotten.
/// A feed belongs to one server.
package final class Feed: Sendable {
  /// What became of those who came, since the start.
  package struct Counts: Sendable, Equatable {
    package var listening = 0
    /// Closed because they did not take what was posted.
    package var tooSlow: UInt64 = 0
    /// Answered 503 because there were `ServerLimits.listeners` already.
    package var tooMany: UInt64 = 0

    package init() {}
  }

  private struct State {
    var counts = Counts()
    var posted: [UInt8] = []
    /// Of the server; nil before anybody has listened.
    var wake: (@Sendable () -> Void)?
  }

  /// What is sent to a connection after `ServerLimits.heartbeat` without anything else, so that both sides notice when
  /// the other is gone; nothing where it is empty.
  let heartbeat: [UInt8]
  private let began: @Sendable () -> Void
  private let state = Mutex(State())

  /// - Parameter began: called on the server's thread whenever somebody begins to listen; it must not wait.
  package init(heartbeat: [UInt8] = [], began: @escaping @Sendable () -> Void = {}) {
    self.heartbeat = heartbeat
    self.began = began
  }

  package var counts: Counts { state.withLock { $0.counts } }

  package var hasListeners: Bool { counts.listening > 0 }

  package func post(_ bytes: [UInt8]) {
    let wake: (@Sendable () -> Void)? = state.withLock { state in
      guard state.counts.listening > 0, state.posted.count <= Self.postedBytes else { return nil }
      state.posted += bytes
      return state.wake
    }
    wake?()
  }

  /// Not yet taken up by the server's thread. More than that is more than anybody may have waiting
  /// (`ServerLimits.feedBytes`), so that all connections are closed anyway.
  private static let postedBytes = 1_048_576

  // MARK: The server's thread

  func begin(wake: @escaping @Sendable () -> Void) {
    state.withLock { state in
      state.counts.listening += 1
      state.wake = wake
    }
    began()
  }

  func end(tooSlow: Bool) {
    state.withLock { state in
      state.counts.listening -= 1
      if tooSlow { state.counts.tooSlow += 1 }
      if state.counts.listening == 0 { state.posted = [] }
    }
  }

  func refuse() { state.withLock { $0.counts.tooMany += 1 } }

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

package import Conversations
internal import Flags
internal import LocalServer
internal import Reactor

/// Where a sample upstream keeps its contexts.
package enum SampleStore: Sendable {
  case memory(ContextLifetimes = ContextLifetimes())
  /// A call costs at most that many nanoseconds.
  case redis(ContextLocation, ContextLifetimes, timeout: UInt64 = ContextConnections.standardTimeout)

  func open(_ cohort: Cohort) -> any ContextStore {
    switch self {
    case .memory(let lifetimes): return MemoryStore(cohort, lifetimes: lifetimes)
    case .redis(let place, let lifetimes, let timeout):
      let connections = ContextConnections(place, name: "turnout-sample-\(cohort)", timeoutNanoseconds: timeout)
      return cohort == .legacy
        ? LegacyStore(connections, lifetimes: lifetimes) : UnifiedStore(connections, lifetimes: lifetimes)
    }
  }

  /// A thread for each connection: more would only wait for one.
  func jobQueue(named name: String) throws(SystemError) -> JobQueue? {
    switch self {
    case .memory: nil
    case .redis:
      try JobQueue(name: name, threads: ContextConnections.standardCount, capacity: ServerLimits().connections) {
        .text("The sample is stopping.\n", status: 503)
      }
    }
  }
}

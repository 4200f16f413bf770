package import Conversations
internal import Flags
internal import Reactor

/// Where a sample upstream keeps its contexts.
package enum SampleStore: Sendable {
  case memory(ContextLifetimes = ContextLifetimes())
  /// A call costs at most that many nanoseconds.
  case redis(ContextPlace, ContextLifetimes, timeout: UInt64 = ContextConnections.standardTimeout)

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
  func workshop(named name: String) throws(SystemError) -> Workshop? {
    switch self {
    case .memory: nil
    case .redis: try Workshop(name: name, threads: ContextConnections.standardCount)
    }
  }
}

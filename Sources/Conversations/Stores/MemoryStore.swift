package import Flags
internal import Reactor
internal import Synchronization

/// Either layout in the memory of the process, for demonstrations. It holds at most 1,000 contexts and drops the least
/// recently used.
package final class MemoryStore: ContextStore {
  package static let limit = 1_000

  private struct Entry {
    var context: Context
    /// Nanoseconds of the monotonic clock.
    var lastUse: UInt64
    var expiry: UInt64
  }

  private let cohort: Cohort
  private let lifetimes: ContextLifetimes
  private let now: @Sendable () -> UInt64
  private let entries = Mutex<[ContextOwner: Entry]>([:])

  package init(
    _ cohort: Cohort, lifetimes: ContextLifetimes = ContextLifetimes(),
    clock now: @escaping @Sendable () -> UInt64 = MonotonicClock.now
  ) {
    self.cohort = cohort
    self.lifetimes = lifetimes
    self.now = now
  }

  package var count: Int { entries.withLock { $0.count } }

  package func appendUserMessage(_ message: Message, from owner: ContextOwner) -> Context {
    entries.withLock { entries in
      let now = now()
      let known = entries[owner].flatMap { now < $0.expiry ? $0 : nil }
      var context = known?.context ?? begin(owner)
      context.isNew = known == nil
      context.lifetime = lifetimes.seconds(owner.role, since: known.map { now - $0.lastUse })
      Self.store(&entries, context.adding(message, counts: cohort == .unified), now)
      return entries[owner]?.context ?? context
    }
  }

  package func commitReply(_ reply: Message, state: [UInt8]?, in context: Context) -> Context? {
    entries.withLock { entries in
      let now = now()
      let known = entries[context.owner].flatMap { now < $0.expiry ? $0 : nil }
      var current = known?.context ?? context
      current.isNew = false
      if let state {
        guard current.state == context.state else { return current }
        current.state = state
      }
      current.lifetime = context.lifetime
      Self.store(&entries, current.adding(reply, counts: cohort == .unified), now)
      return nil
    }
  }

  private static func store(_ entries: inout [ContextOwner: Entry], _ context: Context, _ now: UInt64) {
    let expiry = now &+ UInt64(context.lifetime) * 1_000_000_000
    entries[context.owner] = Entry(context: context, lastUse: now, expiry: expiry)
    guard entries.count > limit, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
    entries[oldest.key] = nil
  }

  private func begin(_ owner: ContextOwner) -> Context {
    let id = cohort == .unified ? ConversationID.random().text : owner.legacyKey
    let key = cohort == .unified ? owner.role.unifiedPrefix + owner.user + ":" + id : id
    return Context(
      owner: owner, id: id, key: key, isNew: true, history: [], state: Array("{}".utf8), messages: 0, lifetime: 0)
  }
}

extension Context {
  fileprivate func adding(_ message: Message, counts: Bool) -> Context {
    var context = self
    context.history = (history + [message]).suffix(Message.historyLimit)
    context.messages = counts ? messages + 1 : context.history.count
    return context
  }
}

extension ContextLifetimes {
  /// - Parameter pause: nanoseconds since the previous interaction; nil: there was none.
  fileprivate func seconds(_ role: ContextRole, since pause: UInt64?) -> Int {
    guard adaptive else { return seconds(role) }
    guard let pause, pause <= UInt64(Self.pause) * 1_000_000_000 else { return Self.inactive }
    return Self.active
  }
}

public import Synchronization

/// A value that one thread publishes and others read: the current snapshot of the flags.
///
/// Readers keep the value they loaded and compare `version`, one acquiring load, at every decision:
///
///     let version = published.version
///     if version != seenVersion {
///       snapshot = published.load()
///       seenVersion = version
///     }
///
/// Reading the version first is what makes this safe: the value loaded is that version's or a newer one, and a newer one
/// shows as a change at the next look. No reader sees an older value after a newer one.
///
/// The first version is 1, so a reader that starts with 0 loads at its first look.
@usableFromInline
package final class Published<Value: AnyObject & Sendable>: Sendable {
  private let current: Mutex<Value>
  @usableFromInline
  let currentVersion = Atomic<UInt64>(1)

  package init(_ initial: Value) {
    current = Mutex(initial)
  }

  /// Makes `value` the current one. Once this returns, whoever looks at the version sees the change.
  package func publish(_ value: Value) {
    // The replaced value is released after the lock, since that may end the life of a large one.
    let replaced = current.withLock { current in
      let replaced = current
      current = value
      currentVersion.wrappingAdd(1, ordering: .releasing)
      return replaced
    }
    _ = consume replaced
  }

  /// The current value. It takes a lock: off the hot path.
  package func load() -> Value {
    current.withLock { $0 }
  }

  /// Changes with every publication, and only grows. One load, without a lock.
  @inlinable
  package var version: UInt64 {
    @_noLocks @inline(__always) get { currentVersion.load(ordering: .acquiring) }
  }
}

package import Flags

/// The flags in force, their origin and the state of the store.
package struct FlagSourceStatus: Sendable, Equatable {
  /// Where the flags in force come from.
  package enum Origin: String, Sendable {
    case store
    /// Saved on disk by an earlier run.
    case lastGood = "last-good"
    /// The environment, or off.
    case initial

    func sentence(_ saved: LastGood?) -> String {
      switch self {
      case .store: "the flags are those of the store"
      case .lastGood: "starting with the last good flags, saved at \(saved?.savedAt ?? "an unknown time")"
      case .initial: "starting without the store and without saved flags: with the values of the environment, else off"
      }
    }
  }

  /// As configured, without a password.
  package var path: String
  /// Whether the present content of the store is in force. False: the last good flags stay in force, and `error` says why.
  package var isValid = true
  package var error: String?
  /// Whether the store cannot be read, so that its present content is unknown.
  package var isAway = false
  /// Seconds since 1970.
  package var errorSinceSeconds: Int?
  /// Seconds since the store last confirmed the flags in force; 0 while it is valid.
  package var staleSeconds = 0
  package var origin = Origin.store
  /// Invalid changes of the store since the start: distinct errors, without outages.
  package var rejectedCount: UInt64 = 0
  /// Changes of the store that took effect since the start, without the first read.
  package var reloadCount: UInt64 = 0
  /// When the flags in force were published, in seconds since 1970.
  package var lastReloadSeconds: Int?
  /// The generation of the flags in force; 0 before the first read.
  package var generation: UInt64 = 0
  /// The flags in force, in the order of their numbers.
  package var flags: [Flag] = []
  /// The flags of the store as last read: in force unless something outranks them.
  package var stored: [Flag] = []
  /// The local kill of this proxy.
  package var localKill: LocalKill?
  /// `nil` means the store does not report its memory, or is away.
  package var memory: StoreMemory?
  /// Whether everyone goes to `legacy` because the store was away for too long.
  package var isStoreLost = false

  package init(path: String) { self.path = path }

  /// Whether something outranks the flags of the store.
  package var isOverridden: Bool { localKill != nil || isStoreLost }
}

/// The memory of a Redis server, as it reports it.
package struct StoreMemory: Sendable, Equatable {
  /// Allocated bytes, for all databases, clients and buffers (`used_memory`).
  package var usedBytes: UInt64
  /// The limit in bytes (`maxmemory`); nil: none.
  package var maximumBytes: UInt64?

  package init(usedBytes: UInt64, maximumBytes: UInt64?) {
    self.usedBytes = usedBytes
    self.maximumBytes = maximumBytes
  }

  /// From the text of `INFO memory`, lines of `name:value`. Nil when the value is missing.
  init?(info: String) {
    let lines = info.split(whereSeparator: \.isNewline)
    func number(_ name: String) -> UInt64? {
      lines.first { $0.hasPrefix(name + ":") }.flatMap { UInt64($0.dropFirst(name.count + 1)) }
    }
    guard let used = number("used_memory") else { return nil }
    let maximum = number("maxmemory") ?? 0
    self.init(usedBytes: used, maximumBytes: maximum > 0 ? maximum : nil)
  }
}

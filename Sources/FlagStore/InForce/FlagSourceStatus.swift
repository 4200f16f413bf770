package import Flags

/// Where the flags in force come from and how the source is.
package struct FlagSourceStatus: Sendable, Equatable {
  /// Where the flags in force were read.
  package enum Origin: String, Sendable {
    case store
    /// Kept on disk by an earlier run.
    case lastGood = "last-good"
    /// The environment, or off.
    case initial

    func sentence(_ kept: LastGood?) -> String {
      switch self {
      case .store: "the flags are those of the store"
      case .lastGood: "starting with the last good flags, kept at \(kept?.savedAt ?? "an unknown time")"
      case .initial: "starting without the store and without kept flags: with the environment's values, else off"
      }
    }
  }

  /// As it was configured, without a password.
  package var path: String
  /// Whether what is in the store now is in force. False: the last good flags stay in force, and `error` says why.
  package var isValid = true
  package var error: String?
  /// Whether the store cannot be read at all, so that what is in it now is not known.
  package var isAway = false
  /// Seconds since 1970.
  package var errorSinceSeconds: Int?
  /// Seconds since the store last said what is in force; 0 while it is valid.
  package var staleSeconds = 0
  package var origin = Origin.store
  /// Changes of the store that were invalid, since the start: distinct faults, other than that the store is away.
  package var rejectedCount: UInt64 = 0
  /// Changes of the store that were taken over since the start; the first load is none.
  package var reloadCount: UInt64 = 0
  /// When the flags in force were published, in seconds since 1970.
  package var lastReloadSeconds: Int?
  /// Of the flags in force; 0 before the first load.
  package var generation: UInt64 = 0
  /// The flags in force, in the order of their numbers.
  package var flags: [Flag] = []
  /// The same as the store had them last: what is in force when nothing outranks them.
  package var stored: [Flag] = []
  /// This proxy's own kill switch.
  package var localKill: LocalKill?
  /// Of a store that tells; nil: it does not, or is away.
  package var memory: StoreMemory?
  /// Whether everyone goes to `legacy` because the store was away for too long.
  package var isStoreLost = false

  package init(path: String) { self.path = path }

  /// Whether something outranks the flags of the store.
  package var isOverridden: Bool { localKill != nil || isStoreLost }
}

package import Flags

/// Where the flags in force come from and how the source is.
package struct FlagSourceStatus: Sendable, Equatable {
  /// As it was configured.
  package var path: String
  /// Whether what is in the file now is in force. False: the last good flags stay in force, and `error` says why.
  package var isValid = true
  package var error: String?
  /// Seconds since 1970.
  package var errorSinceSeconds: Int?
  /// Distinct faults since the start.
  package var rejectedCount: UInt64 = 0
  /// Published changes since the start; the first load is none.
  package var reloadCount: UInt64 = 0
  /// When the flags in force were read, in seconds since 1970.
  package var lastReloadSeconds: Int?
  /// Of the flags in force; 0 before the first load.
  package var generation: UInt64 = 0
  /// The flags in force, in the order of their numbers.
  package var flags: [Flag] = []

  package init(path: String) { self.path = path }
}

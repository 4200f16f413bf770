internal import Flags
package import Logging
internal import Reactor
import Synchronization

/// Keeps the flags in force the same as the file.
///
/// A thread of its own waits for the kernel's notices about the file and looks once a second besides. Because editors
/// remove, truncate and rename, a fault counts only when it is still there after a tenth of a second.
///
///     notice or second -> look: same flags   nothing
///                               new flags    taken over; the audit trail gets what an editor did
///                               fault        look again in 100 ms -> still: log, show
package final class FlagWatcher: FlagWatching {
  let file: FlagFile
  let flags: FlagsInForce
  let logger: Logger
  private let thread = Mutex<WatchThread?>(nil)
  private let audited = Mutex<[Flag]>([])

  package init(_ file: FlagFile, into flags: FlagsInForce, logger: Logger) {
    self.file = file
    self.flags = flags
    self.logger = logger
  }

  package func begin() throws(FlagStoreError) {
    try flags.begin { _ throws(FlagStoreError) in try load() }
  }

  /// A file keeps no register.
  package func start(as member: @escaping @Sendable () -> FleetMember) { start() }

  /// A second call does nothing.
  func start() {
    thread.withLock { thread in
      guard thread == nil else { return }
      do throws(SystemError) {
        thread = try WatchThread { wake in WatchLoop(self, wake: wake).run() }
      } catch {
        logger.critical("cannot watch \(file.path): \(error); changes will not be seen")
      }
    }
  }

  package func stop() {
    let running = thread.withLock { thread in
      let running = thread
      thread = nil
      return running
    }
    running?.stop()
  }

  // MARK: Looking

  /// Reads the file and takes over what is new. A fault is returned for the caller to look again.
  func look() -> FlagStoreError? {
    do throws(FlagStoreError) {
      flags.accept(try load())
      return nil
    } catch {
      return error
    }
  }

  /// A fault that stays.
  func reject(_ fault: FlagStoreError) { flags.reject(fault) }

  private func load() throws(FlagStoreError) -> StoredFlags {
    StoredFlags(flags: try file.read().flags(named: flags.names, file: file.path))
  }

  /// After the flags are in force: what nobody has put into the trail is put there. While a writer holds the lock that is
  /// for later.
  func audit() {
    let stored = flags.stored
    guard audited.withLock({ $0 != stored }) else { return }
    do throws(FlagStoreError) { try file.auditFound(stored) } catch {
      if case .locked = error { return }
      logger.warning("the audit trail is not complete: \(error)")
    }
    audited.withLock { $0 = stored }
  }
}

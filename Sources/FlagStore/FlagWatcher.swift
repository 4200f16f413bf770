package import Flags
import Glibc
package import Logging
internal import Reactor
import Synchronization

/// Keeps the flags in force the same as the file.
///
/// A thread of its own waits for the kernel's notices about the file and looks once a second besides. A good change is
/// published under the next generation. A fault (a broken document, no file, a needed flag gone) publishes nothing: the
/// last good flags stay in force, one error is logged and `status` shows it until the file is good again. Because
/// editors remove, truncate and rename, a fault counts only when it is still there after a tenth of a second.
///
///     notice or second -> look: same flags   nothing
///                               new flags    publish, generation + 1
///                               fault        look again in 100 ms -> still: log, show
package final class FlagWatcher: Sendable {
  let file: FlagFile
  private let flagNames: [String]
  private let publish: @Sendable (FlagSnapshot) -> Void
  let logger: Logger
  private let state: Mutex<State>

  private struct State {
    var status: FlagSourceStatus
    /// All flags of the document in force, also those that nobody asks.
    var documentFlags: [Flag]?
    var fault: FlagStoreError?
    var thread: WatchThread?

    mutating func clearFault() {
      fault = nil
      status.isValid = true
      status.error = nil
      status.errorSinceSeconds = nil
    }
  }

  /// `publish` is called on the watcher's thread. `flagNames` are the flags that must be in the file; their order is
  /// that of the flags in a snapshot.
  package init(
    path: String, flagNames: [String], publish: @escaping @Sendable (FlagSnapshot) -> Void, logger: Logger
  ) {
    file = FlagFile(path)
    self.flagNames = flagNames
    self.publish = publish
    self.logger = logger
    state = Mutex(State(status: FlagSourceStatus(path: path)))
  }

  package func status() -> FlagSourceStatus { state.withLock { $0.status } }

  // MARK: Life

  /// The first snapshot, of generation 1; it is returned, not published. Any fault is thrown. Before `start`.
  package func loadInitial() throws(FlagStoreError) -> FlagSnapshot {
    let (document, flags) = try load()
    let snapshot = FlagSnapshot(generation: 1, flags: flags)
    didPublish(snapshot, document, isReload: false)
    return snapshot
  }

  /// Begins to watch. What has changed since `loadInitial` is published at once.
  package func start() {
    state.withLock { state in
      guard state.thread == nil else { return }
      do throws(SystemError) {
        state.thread = try WatchThread { wake in WatchLoop(self, wake: wake).run() }
      } catch {
        logger.critical("cannot watch \(file.path): \(error); changes will not be seen")
      }
    }
  }

  /// Ends the thread and waits for its end; nothing is published after. Not from within `publish`.
  package func stop() {
    let thread = state.withLock { state in
      let thread = state.thread
      state.thread = nil
      return thread
    }
    thread?.stop()
  }

  // MARK: Looking

  /// Reads the file and publishes what is new. A fault is returned for the caller to look again.
  func look() -> FlagStoreError? {
    do throws(FlagStoreError) {
      let (document, flags) = try load()
      accept(document, flags)
      return nil
    } catch {
      return error
    }
  }

  /// A fault that stays: logged once, shown until the file is good.
  func reject(_ fault: FlagStoreError) {
    let isNew = state.withLock { state in
      guard state.fault != fault else { return false }
      let isFirst = state.fault == nil
      state.fault = fault
      state.status.isValid = false
      state.status.error = fault.description
      if isFirst { state.status.errorSinceSeconds = Timestamp.nowSeconds() }
      state.status.rejectedCount += 1
      return true
    }
    if isNew {
      logger.error("\(fault); the flags of generation \(status().generation) stay in force")
    }
  }

  private func load() throws(FlagStoreError) -> (document: FlagDocument, flags: [Flag]) {
    let document = try file.read()
    return (document, try document.flags(named: flagNames, file: file.path))
  }

  private func accept(_ document: FlagDocument, _ flags: [Flag]) {
    let (isNew, wasFaulty, generation) = state.withLock { state in
      (state.documentFlags != document.flags, state.fault != nil, state.status.generation)
    }
    if isNew {
      let snapshot = FlagSnapshot(generation: generation + 1, flags: flags)
      publish(snapshot)
      // After publishing: whoever reads a generation in the status can rely on it.
      didPublish(snapshot, document, isReload: true)
      let states = flags.map { "\($0.name) \($0.percentage) %\($0.isEnabled ? "" : " KILLED")" }.joined(separator: ", ")
      logger.info("\(file.path): generation \(snapshot.generation) is in force: \(states)")
    } else if wasFaulty {
      state.withLock { $0.clearFault() }
      logger.info("\(file.path): good again, and the same as generation \(generation)")
    }
  }

  private func didPublish(_ snapshot: FlagSnapshot, _ document: FlagDocument, isReload: Bool) {
    state.withLock { state in
      state.clearFault()
      state.documentFlags = document.flags
      state.status.generation = snapshot.generation
      state.status.flags = snapshot.flags
      state.status.lastReloadSeconds = Timestamp.nowSeconds()
      if isReload { state.status.reloadCount += 1 }
    }
  }
}

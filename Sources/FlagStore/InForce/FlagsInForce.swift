package import Flags
package import Logging
internal import Reactor
import Synchronization

/// The flags that the workers decide by: the store's, unless something outranks them (`Precedence`).
///
///     store ---- accept / reject ---> stored flags ---+
///     operator - killLocally -------> local kill -----+--> Precedence -> snapshot, generation + 1 -> publish
///     clock ---- tick --------------> store is lost --+
///
/// A valid change is published under the next generation. An error (an invalid value, no file, an unreachable store)
/// publishes nothing: the last good flags stay in force, one error is logged, and `status` shows it until the store is
/// good again. Every good state is also saved on disk, for a start without the store (`LastGood`).
///
/// All of this may be called from any thread.
package final class FlagsInForce: Sendable {
  /// The flags that routes use, in the order of a snapshot.
  package let names: [String]
  package let policy: StoreLossPolicy
  private let publish: @Sendable (FlagSnapshot) -> Void
  private let published: @Sendable (FlagSourceStatus) -> Void
  let writer: StateWriter?
  let logger: Logger
  let state: Mutex<State>

  struct State {
    var status: FlagSourceStatus
    /// As the store has them.
    var stored: [Flag] = []
    var storeID: String?
    /// The store that they come from: not ours when an earlier run saved them with another store.
    var source: String
    var error: FlagStoreError?
    /// When the store last confirmed what is in force, in monotonic nanoseconds.
    var confirmedAt = MonotonicClock.now()
    /// When the loss of the store was noticed, in monotonic nanoseconds. The last good reply may be a second older: a
    /// connection that is closed and reopened at once does not count as a loss of a second.
    var lostAt: UInt64?

    mutating func storeAnswered(_ error: FlagStoreError?) {
      status.origin = .store
      setError(error)
      guard error == nil else { return }
      confirmedAt = MonotonicClock.now()
      source = status.path
      self.error = nil
      status.isValid = true
      status.error = nil
      status.isAway = false
      status.errorSinceSeconds = nil
    }

    /// An invalid value is no loss, because the store is there. A store that restarted without its data is still lost.
    mutating func setError(_ error: FlagStoreError?) {
      if error?.isLoss == true {
        lostAt = lostAt ?? MonotonicClock.now()
      } else {
        (lostAt, status.isStoreLost) = (nil, false)
      }
    }
  }

  /// - Parameters:
  ///   - stateFile: nil: nothing is saved on disk.
  ///   - publish: called under the lock, so it must be quick and must not call back.
  ///   - published: called after it, under the lock too, with the new status.
  package init(
    names: [String], place: String, policy: StoreLossPolicy = .hold, stateFile: StateFile? = nil,
    publish: @escaping @Sendable (FlagSnapshot) -> Void,
    published: @escaping @Sendable (FlagSourceStatus) -> Void = { _ in }, logger: Logger
  ) {
    self.published = published
    self.names = names
    self.policy = policy
    self.publish = publish
    self.logger = logger
    writer = stateFile.flatMap { StateWriter($0, logger: logger) }
    state = Mutex(State(status: FlagSourceStatus(path: place), source: place))
  }

  /// The current status, with the staleness.
  package func status() -> FlagSourceStatus {
    state.withLock { state in
      var status = state.status
      status.stored = state.stored
      if !status.isValid { status.staleSeconds = Int((MonotonicClock.now() &- state.confirmedAt) / 1_000_000_000) }
      return status
    }
  }

  /// The flags as the store has them, in the order of `names`.
  package var stored: [Flag] { state.withLock { $0.stored } }

  /// The same; empty when they come from another store, which this one need not know.
  var storedHere: [Flag] { state.withLock { $0.source == $0.status.path ? $0.stored : [] } }

  /// Identifies the run of the store that they come from.
  var storeID: String? { state.withLock { $0.source == $0.status.path ? $0.storeID : nil } }

  /// Writes what is still to be saved. Nothing may be called afterwards.
  package func close() { writer?.stop() }

  // MARK: The start

  /// Publishes generation 1: the flags from `load`; without the store the saved ones; else `initial`. The error of `load` is
  /// thrown when there is none of these.
  package func begin(
    initial: [Flag]? = nil, _ load: (LastGood?) throws(FlagStoreError) -> StoredFlags
  ) throws(FlagStoreError) {
    let saved = loadLastGood()
    let isOurs = saved?.source == status().path
    state.withLock { $0.status.localKill = saved?.localKill }
    do throws(FlagStoreError) {
      accept(try load(isOurs ? saved : nil))
    } catch {
      guard let flags = saved?.flags(named: names, else: initial) ?? initial else { throw error }
      let origin: FlagSourceStatus.Origin = saved == nil ? .initial : .lastGood
      logger.error("\(error)")
      logger.warning("\(origin.sentence(saved))")
      begin(with: flags, origin, saved, error: error)
    }
    if let kill = status().localKill { logger.warning("this proxy is killed locally since \(kill.at): \(kill.ending)") }
  }

  private func begin(
    with flags: [Flag], _ origin: FlagSourceStatus.Origin, _ saved: LastGood?, error: FlagStoreError
  ) {
    state.withLock { state in
      state.stored = flags
      state.source = saved?.source ?? state.source
      state.storeID = saved?.storeID
      state.status.origin = origin
      refresh(&state)
      state.setError(error)
      Self.note(error, in: &state)
    }
  }

  private func loadLastGood() -> LastGood? {
    guard let writer else { return nil }
    do throws(LastGoodError) { return try writer.file.read() } catch {
      logger.warning("\(error)")
      return nil
    }
  }

  // MARK: The store

  /// Takes over the flags of the store and publishes them if they are new. With an error, some could not be read and are as
  /// before.
  package func accept(_ new: StoredFlags, error: FlagStoreError? = nil) {
    let (isChange, hadError, status) = state.withLock { state in
      let (isChange, hadError) = (state.stored != new.flags, state.error != nil)
      let isFirst = state.status.generation == 0
      // While a flag is missing, it is unknown whether this is the same run of the store.
      let storeID = error == nil ? new.storeID : state.storeID
      let isWorthSaving = isChange || isFirst || storeID != state.storeID
      state.stored = new.flags
      state.storeID = storeID
      state.storeAnswered(error)
      if isChange, !isFirst { state.status.reloadCount += 1 }
      refresh(&state)
      if isWorthSaving { save(state) }
      return (isChange && !isFirst, hadError, state.status)
    }
    log(isChange: isChange, isGoodAgain: hadError && error == nil, status, new.flags)
    if let error { reject(error) }
  }

  private func log(isChange: Bool, isGoodAgain: Bool, _ status: FlagSourceStatus, _ flags: [Flag]) {
    guard isChange || isGoodAgain else { return }
    let place = status.path + (isGoodAgain ? ": good again" : "")
    let states = flags.map(\.stateText).joined(separator: ", ")
    if status.isOverridden {
      logger.notice("\(place): \(states); not in force, everyone goes to legacy")
    } else {
      logger.notice("\(place): generation \(status.generation) is in force: \(states)")
    }
  }

  /// An error that lasts: logged once, shown until the store is good.
  package func reject(_ error: FlagStoreError) {
    let isNew = state.withLock { state in
      let wasLost = state.status.isStoreLost
      state.setError(error)
      if wasLost { refresh(&state) }
      return Self.note(error, in: &state)
    }
    if isNew { logger.error("\(error); the flags of generation \(status().generation) stay in force") }
  }

  /// The memory that the store reports; nil: unknown from now on.
  func note(_ memory: StoreMemory?) { state.withLock { $0.status.memory = memory } }

  // MARK: Publishing

  /// Publishes the flags that follow from the state, if they changed.
  func refresh(_ state: inout State) {
    let flags = Precedence.flags(
      stored: state.stored, localKill: state.status.localKill, isStoreLost: state.status.isStoreLost)
    guard state.status.generation == 0 || flags != state.status.flags else { return }
    let snapshot = FlagSnapshot(generation: state.status.generation + 1, flags: flags)
    publish(snapshot)
    // After publishing, so that a generation in the status is in force.
    state.status.generation = snapshot.generation
    state.status.flags = flags
    state.status.lastReloadSeconds = Timestamp.nowSeconds()
    var status = state.status
    status.stored = state.stored
    published(status)
  }

  func save(_ state: State) {
    writer?.save(
      LastGood(
        source: state.source, storeID: state.storeID, savedAt: Timestamp.text(seconds: Timestamp.nowSeconds()),
        localKill: state.status.localKill, flags: state.stored))
  }

  /// True if it differs from the previous error.
  @discardableResult
  private static func note(_ error: FlagStoreError, in state: inout State) -> Bool {
    guard state.error != error else { return false }
    let isFirst = state.error == nil
    state.error = error
    state.status.isValid = false
    state.status.error = error.description
    state.status.isAway = error.isLoss
    if isFirst { state.status.errorSinceSeconds = Timestamp.nowSeconds() }
    if !error.isLoss { state.status.rejectedCount += 1 }
    return true
  }
}

extension Flag {
  fileprivate var stateText: String { "\(name) \(percentage) %\(isEnabled ? "" : " KILLED")" }
}

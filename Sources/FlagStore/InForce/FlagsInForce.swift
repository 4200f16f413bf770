package import Flags
package import Logging
internal import Reactor
import Synchronization

/// The flags that the workers decide by: what the store says, under what outranks it.
///
///     store ---- accept / reject ---> stored flags ---+
///     a person - killLocally -------> local kill -----+--> snapshot, generation + 1 -> publish
///     the clock - tick -------------> store is lost --+
///
/// A good change is published under the next generation. A fault (a broken value, no file, a store that does not answer)
/// publishes nothing: the last good flags stay in force, one error is logged, and `status` shows it until the store is
/// good again. Every good state is kept on disk too, for a start without the store (`LastGood`).
///
/// The local kill sends everyone to `legacy`, whatever the store says or said, until a person takes it back; it survives
/// a restart. All of this may be called from any thread.
package final class FlagsInForce: Sendable {
  /// The flags that routes ask; their order is that of the flags in a snapshot.
  package let names: [String]
  package let policy: StoreLossPolicy
  private let publish: @Sendable (FlagSnapshot) -> Void
  private let published: @Sendable (FlagSourceStatus) -> Void
  private let keeper: StateKeeper?
  let logger: Logger
  private let state: Mutex<State>

  private struct State {
    var status: FlagSourceStatus
    /// As the store has them.
    var stored: [Flag] = []
    var storeID: String?
    /// The place that they come from: another than ours, when an earlier run that kept them had another store.
    var source: String
    var fault: FlagStoreError?
    /// When the store last said what is in force, in monotonic nanoseconds.
    var confirmedAt = MonotonicClock.now()
    /// When it was noticed that the store is away. The last good answer may be a second older: a connection that was
    /// closed and stands again at once is no loss of a second.
    var lostAt: UInt64?

    mutating func storeAnswered(_ fault: FlagStoreError?) {
      status.origin = .store
      setFault(fault)
      guard fault == nil else { return }
      confirmedAt = MonotonicClock.now()
      source = status.path
      self.fault = nil
      status.isValid = true
      status.error = nil
      status.isAway = false
      status.errorSinceSeconds = nil
    }

    /// A broken value is no loss: the store is there. One that was started again without its data is not back.
    mutating func setFault(_ fault: FlagStoreError?) {
      if fault?.isLoss == true {
        lostAt = lostAt ?? MonotonicClock.now()
      } else {
        (lostAt, status.isStoreLost) = (nil, false)
      }
    }
  }

  /// `publish` is called while this is locked: it must be quick and not call back. So is `published`, after it, with what
  /// is in force now and why. Without `stateFile` nothing is kept.
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
    keeper = stateFile.flatMap { StateKeeper($0, logger: logger) }
    state = Mutex(State(status: FlagSourceStatus(path: place), source: place))
  }

  /// At this moment, the staleness included.
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

  /// The same, unless they come from another store, which this one needs not know.
  var storedHere: [Flag] { state.withLock { $0.source == $0.status.path ? $0.stored : [] } }

  /// Of the life of the store that they come from.
  var storeID: String? { state.withLock { $0.source == $0.status.path ? $0.storeID : nil } }

  /// Writes what is still to be kept on disk. Nothing may be called after.
  package func close() { keeper?.stop() }

  // MARK: The start

  /// The flags to begin with, as generation 1: what `load` gives; without the store those that were kept on disk; else
  /// `initial`, where that is given. The fault of `load` is thrown when there is nothing to go on with.
  package func begin(
    initial: [Flag]? = nil, _ load: (LastGood?) throws(FlagStoreError) -> StoredFlags
  ) throws(FlagStoreError) {
    let kept = loadLastGood()
    let isOurs = kept?.source == status().path
    state.withLock { $0.status.localKill = kept?.localKill }
    do throws(FlagStoreError) {
      accept(try load(isOurs ? kept : nil))
    } catch {
      guard let flags = kept?.flags(named: names, else: initial) ?? initial else { throw error }
      let origin: FlagSourceStatus.Origin = kept == nil ? .initial : .lastGood
      logger.error("\(error)")
      logger.warning("\(origin.sentence(kept))")
      begin(with: flags, origin, kept, fault: error)
    }
    if let kill = status().localKill { logger.warning("this proxy is killed locally since \(kill.at): \(kill.ending)") }
  }

  private func begin(
    with flags: [Flag], _ origin: FlagSourceStatus.Origin, _ kept: LastGood?, fault: FlagStoreError
  ) {
    state.withLock { state in
      state.stored = flags
      state.source = kept?.source ?? state.source
      state.storeID = kept?.storeID
      state.status.origin = origin
      refresh(&state)
      state.setFault(fault)
      Self.note(fault, in: &state)
    }
  }

  private func loadLastGood() -> LastGood? {
    guard let keeper else { return nil }
    do throws(StateFault) { return try keeper.file.read() } catch {
      logger.warning("\(error)")
      return nil
    }
  }

  // MARK: What the store says

  /// The store has these flags now. Published if they are new. With a fault, some could not be read and are as before.
  package func accept(_ new: StoredFlags, fault: FlagStoreError? = nil) {
    let (isChange, wasFaulty, status) = state.withLock { state in
      let (isChange, wasFaulty) = (state.stored != new.flags, state.fault != nil)
      let isFirst = state.status.generation == 0
      // While something is missing, the store is not yet known to be the one that had it.
      let storeID = fault == nil ? new.storeID : state.storeID
      let isWorthKeeping = isChange || isFirst || storeID != state.storeID
      state.stored = new.flags
      state.storeID = storeID
      state.storeAnswered(fault)
      if isChange, !isFirst { state.status.reloadCount += 1 }
      refresh(&state)
      if isWorthKeeping { save(state) }
      return (isChange && !isFirst, wasFaulty, state.status)
    }
    log(isChange: isChange, isGoodAgain: wasFaulty && fault == nil, status, new.flags)
    if let fault { reject(fault) }
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

  /// A fault that stays: logged once, shown until the store is good.
  package func reject(_ fault: FlagStoreError) {
    let isNew = state.withLock { state in
      let wasLost = state.status.isStoreLost
      state.setFault(fault)
      if wasLost { refresh(&state) }
      return Self.note(fault, in: &state)
    }
    if isNew { logger.error("\(fault); the flags of generation \(status().generation) stay in force") }
  }

  /// What the store says of its memory; nil: nothing, from now on.
  func note(_ memory: StoreMemory?) { state.withLock { $0.status.memory = memory } }

  /// Once a second: everyone to `legacy` when the store has been lost for too long and that is what was asked for.
  package func tick() {
    guard case .legacy(let afterNanoseconds) = policy else { return }
    let isLostNow = state.withLock { state in
      guard let lostAt = state.lostAt, !state.status.isStoreLost,
        MonotonicClock.now() &- lostAt >= afterNanoseconds
      else { return false }
      state.status.isStoreLost = true
      refresh(&state)
      return true
    }
    if isLostNow { logger.warning("the store has been away for too long: everyone goes to legacy until it is back") }
  }

  // MARK: The local kill

  /// Everyone to `legacy`, here and now. When this returns, the next decision of every worker knows, and so does the
  /// next start; false: not that, since it could not be written down.
  @discardableResult
  package func killLocally(_ kill: LocalKill) -> Bool {
    state.withLock { state in
      state.status.localKill = kill
      refresh(&state)
      save(state)
    }
    let isKept = keeper?.flush() ?? false
    logger.warning("KILLED locally by \(kill.by): everyone goes to legacy; \(kill.ending)")
    return isKept
  }

  /// Back to what the store says. `isChange` is false when there was no local kill, `isKept` when the next start will not
  /// know of the end.
  @discardableResult
  package func restoreLocally(by author: String) -> (isChange: Bool, isKept: Bool) {
    let wasKilled = state.withLock { state in
      guard state.status.localKill != nil else { return false }
      state.status.localKill = nil
      refresh(&state)
      save(state)
      return true
    }
    let isKept = keeper?.flush() ?? false
    if wasKilled { logger.notice("local kill ended by \(author): the flags of the store are in force again") }
    return (wasKilled, isKept)
  }

  // MARK: Publishing

  /// Publishes what follows from the state, if that is new.
  private func refresh(_ state: inout State) {
    let kill = FlagEdit.kill(hard: state.status.localKill?.hard == true)
    let flags = state.status.isOverridden ? state.stored.map(kill.apply) : state.stored
    guard state.status.generation == 0 || flags != state.status.flags else { return }
    let snapshot = FlagSnapshot(generation: state.status.generation + 1, flags: flags)
    publish(snapshot)
    // After publishing: whoever reads a generation in the status can rely on it.
    state.status.generation = snapshot.generation
    state.status.flags = flags
    state.status.lastReloadSeconds = Timestamp.nowSeconds()
    var status = state.status
    status.stored = state.stored
    published(status)
  }

  private func save(_ state: State) {
    keeper?.save(
      LastGood(
        source: state.source, storeID: state.storeID, savedAt: Timestamp.text(seconds: Timestamp.nowSeconds()),
        localKill: state.status.localKill, flags: state.stored))
  }

  /// True if it is another fault than before.
  @discardableResult
  private static func note(_ fault: FlagStoreError, in state: inout State) -> Bool {
    guard state.fault != fault else { return false }
    let isFirst = state.fault == nil
    state.fault = fault
    state.status.isValid = false
    state.status.error = fault.description
    state.status.isAway = fault.isLoss
    if isFirst { state.status.errorSinceSeconds = Timestamp.nowSeconds() }
    if !fault.isLoss { state.status.rejectedCount += 1 }
    return true
  }
}

extension Flag {
  fileprivate var stateText: String { "\(name) \(percentage) %\(isEnabled ? "" : " KILLED")" }
}

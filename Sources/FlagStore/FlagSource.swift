package import Flags

/// Where flags are stored: a JSON file (`FlagFile`) or Redis (`RedisFlags`).
///
/// Every write is a compare-and-set: it fails with `conflict` when the stored flag is no longer the one that the writer saw.
/// It also adds one entry to the audit trail. Calls wait for files or the network, each for a bounded time, so only
/// commands and control threads make them, never a worker.
package protocol FlagSource: Sendable {
  /// For people: the path of the file, or the address of the server without its password.
  var place: String { get }

  /// The names of all flags; nil where the store has no list.
  func names() throws(FlagStoreError) -> [String]?

  /// The flag as it is stored.
  func flag(named name: String) throws(FlagStoreError) -> Flag

  /// Applies `edit` to the flag that the writer saw, increments its revision, signs it, stores it and records it.
  func store(_ edit: FlagEdit, of read: Flag, signed: Signature) throws(FlagStoreError) -> Flag

  /// Kills a flag whose stored value is invalid, based on the store's record of it, so that a typo does not disable the kill
  /// switch. Nil without a record, or when the value is valid.
  func killBroken(flag name: String, hard: Bool, signed: Signature) throws(FlagStoreError) -> (
    before: Flag, after: Flag
  )?

  /// The last `limit` changes of one flag, or of all, the newest first.
  func audit(flag: String?, limit: Int) throws(FlagStoreError) -> AuditTrail

  /// The running proxies and the silent ones; nil where the store has no register.
  func fleet() throws(FlagStoreError) -> [FleetMember]?
}

/// Keeps the flags in force equal to a store: `FlagWatcher` for a file, `RedisWatcher` for Redis.
package protocol FlagWatching: Sendable {
  /// The first read, as generation 1. Call it before `start`.
  func begin() throws(FlagStoreError)

  /// Starts to watch, on a thread of its own, and registers this proxy where the store has a register. Changes since the
  /// first read take effect at once.
  func start(as member: @escaping @Sendable () -> FleetMember)

  /// Ends the thread and waits for its end; no change takes effect afterwards.
  func stop()
}

extension FlagSource {
  /// An invalid file has no record beside it, and replacing it would lose the other flags.
  package func killBroken(
    flag name: String, hard: Bool, signed: Signature
  ) throws(FlagStoreError) -> (before: Flag, after: Flag)? { nil }

  /// Reads the flag and changes it. With `revision`, only if the flag has that revision. Without it, a kill overrides
  /// concurrent changes and, if the store can, an invalid value.
  package func change(
    flag name: String, _ edit: FlagEdit, ifRevision revision: Int? = nil, signed: Signature
  ) throws(FlagStoreError) -> (before: Flag, after: Flag) {
    let read: Flag
    do throws(FlagStoreError) { read = try flag(named: name) } catch {
      guard revision == nil, case .kill(let hard) = edit, case .invalid = error,
        let killed = try killBroken(flag: name, hard: hard, signed: signed)
      else { throw error }
      return killed
    }
    guard let revision else { return try change(read, edit, signed: signed) }
    guard read.revision == revision else {
      throw .otherRevision(flag: name, place: place, expected: revision, stored: read)
    }
    return (read, edit.apply(to: read) == read ? read : try store(edit, of: read, signed: signed))
  }

  /// How often a kill tries again after a concurrent change.
  private var attempts: Int { 5 }

  /// Stores `edit` over the flag as it was read, unless that changes nothing. A concurrent change is a `conflict`, except for
  /// a kill, which is right in any case: it reads again.
  package func change(
    _ read: Flag, _ edit: FlagEdit, signed: Signature
  ) throws(FlagStoreError) -> (before: Flag, after: Flag) {
    var before = read
    for attempt in 1... {
      guard edit.apply(to: before) != before else { break }
      do throws(FlagStoreError) { return (before, try store(edit, of: before, signed: signed)) } catch {
        guard edit.isKill, case .conflict = error, attempt < attempts else { throw error }
      }
      before = try flag(named: read.name)
    }
    return (before, before)
  }
}

/// Who changes a flag, from where, why and when.
package struct Signature: Sendable, Equatable {
  package var by: String
  /// Such as "cli on edge-1" or "admin API 10.0.0.7".
  package var from: String
  package var reason: String?
  /// Seconds since 1970.
  package var at: Int

  package init(by: String, from: String, reason: String? = nil, at: Int = Timestamp.nowSeconds()) {
    self.by = by
    self.from = from
    self.reason = reason
    self.at = at
  }

  /// The flag with the signature of its next revision.
  func sign(_ flag: Flag) -> Flag {
    var signed = flag
    signed.revision = flag.nextRevision
    signed.updatedAt = Timestamp.text(seconds: at)
    signed.updatedBy = by
    signed.reason = reason
    return signed
  }
}

extension Flag {
  /// The largest revision is its own successor, so that a flag that was written by hand with it can still be killed.
  var nextRevision: Int { min(revision, FlagLimits.revision - 1) + 1 }
}

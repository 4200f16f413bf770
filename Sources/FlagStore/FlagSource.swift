package import Flags

/// Where flags are stored: a JSON file (`FlagFile`) or Redis (`RedisFlags`).
///
/// Every write is a compare-and-set: it is refused with `conflict` when the flag in the store is no longer the one that
/// the writer saw, and it leaves one entry in the audit trail. Calls wait for files or the network, each for a bounded
/// time, so they are made where waiting is allowed: in a command, on a thread of their own, never on a worker.
package protocol FlagSource: Sendable {
  /// For people: the path of the file, the address of the store without its password.
  var place: String { get }

  /// The names of all flags; nil where the store cannot tell.
  func names() throws(FlagStoreError) -> [String]?

  /// The flag as it is stored.
  func flag(named name: String) throws(FlagStoreError) -> Flag

  /// Applies `edit` to the flag that the writer saw, counts its revision up, signs it, stores and audits it.
  func store(_ edit: FlagEdit, of read: Flag, signed: Signature) throws(FlagStoreError) -> Flag

  /// Kills a flag whose stored value is broken, over what the store knows of it besides: so that nobody's slip of the pen
  /// disarms the kill switch. Nil where the store knows nothing besides, or the value is not broken.
  func killBroken(flag name: String, hard: Bool, signed: Signature) throws(FlagStoreError) -> (
    before: Flag, after: Flag
  )?

  /// The last `limit` changes, the newest first; of one flag, or of all.
  func audit(flag: String?, limit: Int) throws(FlagStoreError) -> AuditTrail

  /// The proxies that run now, and those that went silent without a word; nil where the store keeps no register.
  func fleet() throws(FlagStoreError) -> [FleetMember]?
}

/// Keeps the flags in force the same as a store: `FlagWatcher` for a file, `RedisWatcher` for Redis.
package protocol FlagWatching: Sendable {
  /// The first look, as generation 1. Before `start`.
  func begin() throws(FlagStoreError)

  /// Begins to watch, on a thread of its own, and registers this proxy where the store keeps a register. What has changed
  /// since the first look is taken over at once.
  func start(as member: @escaping @Sendable () -> FleetMember)

  /// Ends the thread and waits for its end; nothing is taken over after.
  func stop()
}

extension FlagSource {
  /// Beside a broken file there is nothing: to write another would lose the other flags.
  package func killBroken(
    flag name: String, hard: Bool, signed: Signature
  ) throws(FlagStoreError) -> (before: Flag, after: Flag)? { nil }

  /// Reads the flag and changes it. With `revision` only if the flag is at that one; without, a kill goes before what
  /// somebody else does meanwhile, and over a broken value, as far as the store can.
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

  /// How often a kill that was overtaken reads again.
  private var attempts: Int { 5 }

  /// Stores `edit` over the flag as it was read, unless that changes nothing. Somebody else's change between reading and
  /// writing is `conflict`, but for a kill: that is right whatever the flag has become, so it reads again.
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
  /// "cli on edge-1", "admin API 10.0.0.7".
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
  /// At the end of all numbers it stays where it is: a flag that was written by hand with the last one can be killed still.
  var nextRevision: Int { min(revision, FlagLimits.revision - 1) + 1 }
}

/// A proxy that runs, as it registers itself in the store.
package struct FleetMember: Codable, Sendable, Equatable {
  /// Another for every process.
  package var id: String
  /// As configured; the host's name by default.
  package var name: String
  package var version: String
  package var pid: Int
  /// Where its admin port is: the host as it was configured, the port that was taken.
  package var admin: String
  package var generation: UInt64
  /// Of the stored flags that it decides by.
  package var revisions: [String: Int]
  /// Whether its own kill switch outranks the store.
  package var isKilledLocally: Bool
  package var draining: Bool
  /// RFC 3339, of its own clock.
  package var heardAt: String
  /// Under which id its windows stand in the store, the same after a restart; nil: it tells nothing of them.
  package var windows: String?
  /// True of one that was not heard of for a while and did not say that it ends; what it does now is not known.
  package var isSilent: Bool?

  /// Of a process that starts; what it decides by is filled in later.
  package init(id: String, name: String, version: String, pid: Int, admin: String) {
    self.id = id
    self.name = name
    self.version = version
    self.pid = pid
    self.admin = admin
    generation = 0
    revisions = [:]
    isKilledLocally = false
    draining = false
    heardAt = ""
  }

  var fallenSilent: FleetMember {
    var member = self
    member.isSilent = true
    return member
  }

  enum CodingKeys: String, CodingKey {
    case id, name, version, pid, admin, generation, revisions, draining, windows
    case isKilledLocally = "killed_locally"
    case heardAt = "heard_at"
    case isSilent = "silent"
  }
}

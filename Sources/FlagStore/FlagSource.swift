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

  /// The last `limit` changes, the newest first; of one flag, or of all.
  func audit(flag: String?, limit: Int) throws(FlagStoreError) -> AuditTrail

  /// The proxies that run now; nil where the store keeps no register.
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
  /// Reads the flag and edits it. With `revision` only if the flag is at that one.
  package func edit(
    flag name: String, _ edit: FlagEdit, ifRevision revision: Int? = nil, signed: Signature
  ) throws(FlagStoreError) -> (before: Flag, after: Flag) {
    let before = try flag(named: name)
    guard revision == nil || before.revision == revision else {
      throw .otherRevision(flag: name, place: place, expected: revision ?? 0, stored: before)
    }
    return (before, try store(edit, of: before, signed: signed))
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
  /// Where its admin port is, as it was configured: "127.0.0.1:9901".
  package var admin: String
  package var generation: UInt64
  /// Of the stored flags that it decides by.
  package var revisions: [String: Int]
  /// Whether its own kill switch outranks the store.
  package var isKilledLocally: Bool
  package var draining: Bool
  /// RFC 3339, of its own clock.
  package var heardAt: String

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

  enum CodingKeys: String, CodingKey {
    case id, name, version, pid, admin, generation, revisions, draining
    case isKilledLocally = "killed_locally"
    case heardAt = "heard_at"
  }
}

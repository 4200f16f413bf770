package import Flags
import FoundationEssentials
internal import Reactor
internal import Redis
import Synchronization
internal import TLS

/// Flags in Redis, which a fleet of proxies shares.
///
/// Anyone may `SET` the key of a flag. Our own writes are a compare-and-set in one script, which also writes the audit trail
/// and notifies the proxies. Calls share one connection, so one call waits for another.
package final class RedisFlags: FlagSource {
  package let place: String
  private let settings: RedisFlagLocation
  private let keys: RedisKeys
  private let initial: InitialFlags
  private let shared = Mutex(Shared())

  private struct Shared: ~Copyable {
    var connection: RedisConnection?
  }

  /// - Parameter expirySeconds: the expiry of everything that is written; nil: none.
  package init(_ settings: RedisFlagLocation, initial: InitialFlags = InitialFlags(), expirySeconds: Int? = nil) {
    self.settings = settings
    self.initial = initial
    keys = RedisKeys(prefix: settings.keyPrefix, expirySeconds: expirySeconds)
    place = settings.address.description
  }

  /// Any name can be a flag here, so there is no list.
  package func names() throws(FlagStoreError) -> [String]? { nil }

  package func flag(named name: String) throws(FlagStoreError) -> Flag {
    try withConnection { connection throws(FlagStoreError) in try self.read(name, &connection).reading.flag }
  }

  package func store(_ edit: FlagEdit, of read: Flag, signed: Signature) throws(FlagStoreError) -> Flag {
    var edited = edit.apply(to: read)
    if read.revision == 0 { edited.revision = try revisionInForce(of: read.name) }
    let flag = signed.sign(edited)
    try check(flag, atMost: edit.mayGrow ? FlagLimits.valueBytes : FlagLimits.storedBytes)
    return try withConnection { connection throws(FlagStoreError) in
      let entry = AuditEntry(edit, before: read, after: flag, signed: signed)
      do throws(FlagStoreError) {
        try self.store(flag, of: read, entry, &connection)
      } catch {
        // The connection broke before the reply: reading the flag shows whether the store has the change.
        guard case .uncertain(_, let place, let reason) = error,
          let stored = try? self.flagOnNewConnection(read.name)
        else { throw error }
        if stored == read { throw .unreachable(place: place, reason: reason) }
        guard stored == flag else { throw error }
      }
      return flag
    }
  }

  /// Kills over the record, which has the flag from before the invalid value.
  package func killBroken(
    flag name: String, hard: Bool, signed: Signature
  ) throws(FlagStoreError) -> (before: Flag, after: Flag)? {
    try withConnection { connection throws(FlagStoreError) in
      let stored = try self.stored(name, &connection)
      guard case .invalid = self.error(of: stored), let before = stored.record?.flag else { return nil }
      let edit = FlagEdit.kill(hard: hard)
      let after = signed.sign(edit.apply(to: before))
      let entry = AuditEntry(edit, before: before, after: after, signed: signed)
      return try self.write(after, over: stored, entry, &connection) ? (before, after) : nil
    }
  }

  private func error(of stored: StoredFlag) -> FlagStoreError? {
    do throws(FlagStoreError) {
      _ = try stored.read(fallback(stored.name), place: place)
      return nil
    } catch {
      return error
    }
  }

  /// The highest revision that a proxy decides by, for a flag that the store does not know: after a loss of data, no proxy
  /// may mistake an old revision for a new one.
  private func revisionInForce(of name: String) throws(FlagStoreError) -> Int {
    (try fleet() ?? []).compactMap { $0.revisions[name] }.max() ?? 0
  }

  /// Refuses to write what readers would refuse.
  private func check(_ flag: Flag, atMost limit: Int) throws(FlagStoreError) {
    let text = Array(flag.compactText.utf8)
    guard FlagLimits.isName(flag.name) else { throw .badName(flag.name) }
    guard text.count <= limit else {
      throw .valueTooLarge(flag: flag.name, place: place, bytes: text.count)
    }
    _ = try FlagDocument.value(parsing: text, name: flag.name, file: place)
  }

  private func store(
    _ flag: Flag, of read: Flag, _ entry: AuditEntry, _ connection: inout RedisConnection
  ) throws(FlagStoreError) {
    // A foreign change is adopted first, so that the trail has both.
    for _ in 0..<3 {
      let (stored, reading) = try self.read(read.name, &connection)
      guard reading.flag == read else { throw conflict(read, reading.flag) }
      if let adoption = reading.adoption {
        try adopt(stored, reading.flag, adoption, &connection)
      } else if try write(flag, over: stored, entry, &connection) {
        return
      }
    }
    throw conflict(read, try self.read(read.name, &connection).reading.flag)
  }

  /// False: another writer was first.
  private func write(
    _ flag: Flag, over stored: StoredFlag, _ entry: AuditEntry, _ connection: inout RedisConnection
  ) throws(FlagStoreError) -> Bool {
    do throws(FlagStoreError) {
      return try call { () throws(RedisError) in
        try stored.replace(with: flag, writes: true, audited: entry, keys, on: &connection)
      }
    } catch {
      guard case .unreachable(let place, let reason) = error else { throw error }
      throw .uncertain(flag: flag.name, place: place, reason: reason)
    }
  }

  private func conflict(_ read: Flag, _ stored: Flag) -> FlagStoreError {
    .conflict(flag: read.name, place: place, read: read, stored: stored)
  }

  private func read(
    _ name: String, _ connection: inout RedisConnection
  ) throws(FlagStoreError) -> (stored: StoredFlag, reading: StoredFlag.Reading) {
    let stored = try stored(name, &connection)
    return (stored, try stored.read(fallback(name), place: place))
  }

  private func stored(_ name: String, _ connection: inout RedisConnection) throws(FlagStoreError) -> StoredFlag {
    let replies = try call { () throws(RedisError) in try connection.pipeline(StoredFlag.reading(name, keys)) }
    return try StoredFlag(name, replies[...], keys, place: place)
  }

  private func fallback(_ name: String) -> StoredFlag.Fallback {
    StoredFlag.Fallback(flag: nil, initial: initial.flag(named: name))
  }

  private func adopt(
    _ stored: StoredFlag, _ flag: Flag, _ adoption: StoredFlag.Adoption, _ connection: inout RedisConnection
  ) throws(FlagStoreError) {
    let entry = AuditEntry(adopted: flag, adoption)
    _ = try call { () throws(RedisError) in
      try stored.replace(with: flag, writes: false, audited: entry, keys, on: &connection)
    }
  }

  /// Removes everything about a flag, including the audit trail: for `ScratchFlag`.
  func removeAll(of name: String) throws(FlagStoreError) {
    try withConnection { connection throws(FlagStoreError) in
      _ = try self.call { () throws(RedisError) in
        try connection.command(["DEL", self.keys.value(name), self.keys.record(name), self.keys.audit])
      }
    }
  }

  // MARK: The trail and the fleet

  package func audit(flag: String?, limit: Int) throws(FlagStoreError) -> AuditTrail {
    try withConnection { connection throws(FlagStoreError) in
      var trail = AuditPages(flag: flag, limit: limit)
      while let command = trail.nextCommand(self.keys) {
        trail.take(try self.call { () throws(RedisError) in try connection.command(command) })
      }
      return trail.trail
    }
  }

  package func fleet() throws(FlagStoreError) -> [FleetMember]? {
    try withConnection { connection throws(FlagStoreError) in
      try self.call { () throws(RedisError) in try FleetRegister.members(self.keys, on: &connection) }
    }
  }

  // MARK: The connection

  private func withConnection<Result>(
    _ body: (inout RedisConnection) throws(FlagStoreError) -> Result
  ) throws(FlagStoreError) -> Result {
    try shared.withLock { shared throws(FlagStoreError) -> Result in
      if shared.connection?.isUsable != true { shared.connection = try open() }
      guard var connection = shared.connection.take() else {
        throw .unreachable(place: place, reason: "no connection")
      }
      let result = try body(&connection)
      shared.connection = consume connection
      return result
    }
  }

  private func flagOnNewConnection(_ name: String) throws(FlagStoreError) -> Flag {
    var connection = try open()
    return try read(name, &connection).reading.flag
  }

  private func open() throws(FlagStoreError) -> RedisConnection {
    try call { () throws(RedisError) in try settings.connect(as: "turnout-edit") }
  }

  private func call<Result: ~Copyable>(_ body: () throws(RedisError) -> Result) throws(FlagStoreError) -> Result {
    do throws(RedisError) { return try body() } catch { throw FlagStoreError(error, place: place) }
  }
}

extension RedisConnection {
  /// Whether it is open and the server has not closed it, as far as the socket shows.
  fileprivate var isUsable: Bool { isOpen && Socket.isQuiet(descriptor) }
}

/// Reads the audit stream from its end, page by page, until it has enough entries of one flag.
struct AuditPages {
  private static let pageSize = 500

  private let flag: String?
  private let limit: Int
  /// The end of the next page; nil when there is none.
  private var end: String? = "+"
  private(set) var trail = AuditTrail(entries: [])

  init(flag: String?, limit: Int) {
    self.flag = flag
    self.limit = limit
  }

  func nextCommand(_ keys: RedisKeys) -> [RedisWord]? {
    guard let end, trail.entries.count < limit else { return nil }
    return ["XREVRANGE", keys.audit, RedisWord(end), "-", "COUNT", RedisWord(Self.pageSize)]
  }

  mutating func take(_ reply: RedisReply) {
    let page = reply.elements ?? []
    // "(" excludes the last entry of this page.
    end = page.count < Self.pageSize ? nil : page.last?.elements?.first?.text.map { "(" + $0 }
    for item in page where trail.entries.count < limit {
      let fields = item.elements?.last?.pairs
      guard let bytes = fields?["entry"]?.value,
        let entry = try? JSONDecoder().decode(AuditEntry.self, from: Data(bytes))
      else {
        trail.unreadable += 1
        continue
      }
      if flag == nil || entry.flag == flag { trail.entries.append(entry) }
    }
  }
}

internal import Redis

/// Keys of one role; different ones.
struct KeyBatch: Sendable {
  var role: ContextRole
  var keys: [[UInt8]]
}

/// Finds the keys of those who were asked for, in batches.
///
/// Without a limit of the rate it finds all of them before the first is given: each context that is migrated adds four
/// keys that SCAN would have to pass. That costs a tenth of the time, and tells how many there are.
struct LegacyFinding: ~Copyable {
  private let migration: Migration
  private let progress: MigrationProgress
  private var scan: LegacyScan
  private var connection: RedisConnection
  private var spool: KeyTempFile?
  /// How many of the spool were given.
  private var taken = 0
  private var waiting: [ContextRole: [[UInt8]]] = [:]

  init(_ migration: Migration, _ progress: MigrationProgress) throws(MigrationError) {
    self.migration = migration
    self.progress = progress
    scan = LegacyScan(migration.roles)
    connection = try migration.place.connectForRun("turnout-migrate-find")
  }

  /// Finds all; what is given comes from a file then. Where there is no room for one, all goes on without.
  mutating func findAll(isCancelled: () -> Bool) throws(MigrationError) {
    guard var spool = KeyTempFile() else { return }
    while !scan.isAtEnd, !isCancelled() {
      for key in try found() where !spool.add(key) {
        scan = LegacyScan(migration.roles)
        return
      }
    }
    guard spool.rewind() else {
      scan = LegacyScan(migration.roles)
      return
    }
    self.spool = consume spool
  }

  /// The next ones, perhaps none; nil when there are no more.
  mutating func next() throws(MigrationError) -> [KeyBatch]? {
    if spool != nil { return nextOfSpool() }
    if scan.isAtEnd { return nil }
    for key in try found() { keep(key) }
    progress.reach(scan.share)
    let isAtEnd = scan.isAtEnd
    return migration.roles.flatMap { batches($0, isAtEnd: isAtEnd) }
  }

  private mutating func nextOfSpool() -> [KeyBatch]? {
    let all = spool?.count ?? 0
    if taken == all { return nil }
    for _ in 0..<MigrationLimits.batch {
      guard let key = spool?.next() else {
        taken = all
        break
      }
      taken += 1
      keep(key)
    }
    progress.reach(all == 0 ? 1 : Double(taken) / Double(all))
    return migration.roles.flatMap { batches($0, isAtEnd: taken == all) }
  }

  /// Some keys of those who were asked for.
  private mutating func found() throws(MigrationError) -> [[UInt8]] {
    let keys: [[UInt8]]
    do throws(RedisError) { keys = try scan.next(&connection) } catch { throw .redis(error) }
    let ours = keys.filter { role(of: $0) != nil }
    let chosen = ours.filter { key in
      migration.selection.contains(key[(role(of: key)?.legacyPrefix.utf8.count ?? 0)...])
    }
    if chosen.count < ours.count { progress.count { $0.outside += ours.count - chosen.count } }
    return chosen
  }

  private func role(of key: [UInt8]) -> ContextRole? {
    migration.roles.first { key.starts(with: $0.legacyPrefix.utf8) }
  }

  private mutating func keep(_ key: [UInt8]) {
    if let role = role(of: key) { waiting[role, default: []].append(key) }
  }

  /// Full ones; at the end all.
  private mutating func batches(_ role: ContextRole, isAtEnd: Bool) -> [KeyBatch] {
    guard var rest = waiting[role]?[...] else { return [] }
    var batches: [KeyBatch] = []
    while rest.count >= MigrationLimits.batch || (isAtEnd && !rest.isEmpty) {
      // SCAN may have found a key twice.
      var known: Set<[UInt8]> = []
      batches.append(
        KeyBatch(role: role, keys: rest.prefix(MigrationLimits.batch).filter { known.insert($0).inserted }))
      rest = rest.dropFirst(MigrationLimits.batch)
    }
    waiting[role] = Array(rest)
    return batches
  }
}

/// Goes through the legacy keys of several roles at once: one way through the keys costs half of two.
struct LegacyScan {
  private var keys: KeyScan

  init(_ roles: [ContextRole]) { keys = KeyScan(Self.pattern(roles)) }

  var isAtEnd: Bool { keys.isAtEnd }
  var share: Double { keys.share }

  /// Some keys, perhaps none, and perhaps some of others.
  mutating func next(_ connection: inout RedisConnection) throws(RedisError) -> [[UInt8]] {
    try keys.next(&connection)
  }

  /// Matches the keys of all these roles, and few others: `[ca][hd][am]...:*`.
  static func pattern(_ roles: [ContextRole]) -> String {
    let prefixes = roles.map { Array($0.legacyPrefix) }
    let length = prefixes.map(\.count).min() ?? 0
    let marks = (0..<length).map { place in
      let letters = prefixes.map { String($0[place]) }
      return letters.allSatisfy { $0 == letters[0] } ? letters[0] : "[\(letters.joined())]"
    }
    return marks.joined() + "*"
  }
}

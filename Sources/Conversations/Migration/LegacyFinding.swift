internal import Redis

/// Keys of one role; different ones.
struct KeyBatch: Sendable {
  var role: ContextRole
  var keys: [[UInt8]]
}

/// Finds the keys of those who were asked for, in batches.
struct LegacyFinding: ~Copyable {
  private let migration: Migration
  private let progress: MigrationProgress
  private var scan: LegacyScan
  private var connection: RedisConnection
  private var waiting: [ContextRole: [[UInt8]]] = [:]

  init(_ migration: Migration, _ progress: MigrationProgress) throws(MigrationFailure) {
    self.migration = migration
    self.progress = progress
    scan = LegacyScan(migration.roles)
    connection = try migration.connect("turnout-migrate-find")
  }

  /// The next ones, perhaps none; nil when there are no more.
  mutating func next() throws(MigrationFailure) -> [KeyBatch]? {
    if scan.isAtEnd { return nil }
    let keys: [[UInt8]]
    do throws(RedisError) { keys = try scan.next(&connection) } catch { throw .redis(error) }
    var outside = 0
    for key in keys {
      guard let role = migration.roles.first(where: { key.starts(with: $0.legacyPrefix.utf8) }) else { continue }
      if migration.selection.contains(key[role.legacyPrefix.utf8.count...]) {
        waiting[role, default: []].append(key)
      } else {
        outside += 1
      }
    }
    if outside > 0 { progress.count { $0.outside += outside } }
    progress.reach(scan.share)
    return migration.roles.flatMap { batches($0) }
  }

  /// Full ones; at the end all.
  private mutating func batches(_ role: ContextRole) -> [KeyBatch] {
    guard var rest = waiting[role]?[...] else { return [] }
    var batches: [KeyBatch] = []
    while rest.count >= MigrationLimits.batch || (scan.isAtEnd && !rest.isEmpty) {
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

internal import Redis

/// Finds, reads and plans the contexts of one role, some at a time.
struct MigrationReading: ~Copyable {
  private let migration: Migration
  private let progress: MigrationProgress
  private let onUnreadable: @Sendable (UnreadableContext) -> Void
  private var scan: LegacyScan
  private var connection: RedisConnection
  /// Found and not yet read, with the number of times that they have changed under our hands.
  private var waiting: [(key: [UInt8], attempt: Int)] = []

  init(
    _ migration: Migration, _ role: ContextRole, _ progress: MigrationProgress,
    onUnreadable: @escaping @Sendable (UnreadableContext) -> Void
  ) throws(MigrationFailure) {
    self.migration = migration
    self.progress = progress
    self.onUnreadable = onUnreadable
    scan = LegacyScan(role)
    connection = try migration.connect("turnout-migrate-read")
  }

  /// All keys were found and read.
  var isAtEnd: Bool { scan.isAtEnd && waiting.isEmpty }

  /// The next ones, perhaps none; nil when there are no more.
  /// - Parameter again: those that have changed since they were given.
  mutating func next(again: [MigrationItem]) throws(MigrationFailure) -> [MigrationItem]? {
    for item in again {
      if item.attempt + 1 < MigrationLimits.attempts {
        waiting.append((item.key, item.attempt + 1))
      } else {
        leave(item.key, "somebody writes it again and again; run once more")
      }
    }
    if isAtEnd { return nil }
    if !scan.isAtEnd, waiting.count < MigrationLimits.reading {
      try find()
      if !scan.isAtEnd, waiting.count < MigrationLimits.reading { return [] }
    }
    return try plan(try read())
  }

  private mutating func find() throws(MigrationFailure) {
    let keys: [[UInt8]]
    do throws(RedisError) { keys = try scan.next(&connection) } catch { throw .redis(error) }
    var outside = 0
    for key in keys {
      guard migration.selection.contains(key[scan.role.legacyPrefix.utf8.count...]) else {
        outside += 1
        continue
      }
      waiting.append((key, 0))
    }
    if outside > 0 { progress.count { $0.outside += outside } }
    let (all, done) = (Double(migration.roles.count), Double(migration.roles.firstIndex(of: scan.role) ?? 0))
    progress.reach((done + scan.share) / all)
  }

  private typealias Read = (
    owner: ContextOwner, key: [UInt8], value: [UInt8], left: Int?, context: LegacyContext, attempt: Int
  )

  private mutating func read() throws(MigrationFailure) -> [Read] {
    if waiting.isEmpty { return [] }
    // SCAN may have found a key twice.
    var known: Set<[UInt8]> = []
    let batch = waiting.prefix(MigrationLimits.reading).filter { known.insert($0.key).inserted }
    waiting.removeFirst(min(waiting.count, MigrationLimits.reading))
    let longest = migration.lifetimes.longest(scan.role) * 1_000
    let values: [LegacyRead]
    do throws(RedisError) {
      values = try LegacyReader.read(batch.map(\.key), longestMilliseconds: longest, &connection)
    } catch { throw .redis(error) }
    var found: [Read] = []
    var (kept, gone) = (0, 0)
    for (entry, value) in zip(batch, values) {
      switch value {
      case .kept: kept += 1
      case .gone: gone += 1
      case .later: waiting.append(entry)
      case .unreadable(let reason): leave(entry.key, reason)
      case .value(let value, let left):
        guard case .legacy(let owner) = ContextKey(entry.key) else {
          leave(entry.key, "behind \(scan.role.legacyPrefix) its name is empty or no UTF-8")
          continue
        }
        do throws(LegacyContext.Fault) {
          found.append((owner, entry.key, value, left, try LegacyContext(value), entry.attempt))
        } catch {
          leave(entry.key, error.description)
        }
      }
    }
    if kept + gone > 0 {
      progress.count {
        $0.present += kept
        $0.gone += gone
      }
    }
    return found
  }

  private func plan(_ found: [Read]) throws(MigrationFailure) -> [MigrationItem] {
    let elsewhere = try messages(of: found.map(\.owner))
    return found.enumerated().map { place, read in
      // What the application has not written elsewhere yet is in the value alone.
      let messages = MessageMerge.merge(read.context.messages, elsewhere?[place] ?? [], loosely: true)
      var item = MigrationItem(
        owner: read.owner, key: read.key, value: read.value, left: read.left, context: read.context,
        messages: messages)
      item.attempt = read.attempt
      return item
    }
  }

  /// Nil without a source.
  private func messages(of owners: [ContextOwner]) throws(MigrationFailure) -> [[Message]]? {
    guard let source = migration.messages, !owners.isEmpty else { return nil }
    do throws(MessageSourceError) { return try source.last(Message.kept, of: owners) } catch { throw .messages(error) }
  }

  private func leave(_ key: [UInt8], _ reason: String) {
    progress.count { $0.unreadable += 1 }
    onUnreadable(UnreadableContext(key: key, reason: reason))
  }
}

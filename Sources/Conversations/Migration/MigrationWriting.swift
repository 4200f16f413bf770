internal import Redis

/// Writes the planned conversations of one role.
struct MigrationWriting: ~Copyable {
  private let times: KeptTimes
  private let progress: MigrationProgress
  private let onUnreadable: @Sendable (UnreadableContext) -> Void
  private var connection: RedisConnection

  init(
    _ migration: Migration, _ role: ContextRole, _ progress: MigrationProgress,
    _ onUnreadable: @escaping @Sendable (UnreadableContext) -> Void, _ connection: consuming RedisConnection
  ) {
    times = migration.times(role)
    self.progress = progress
    self.onUnreadable = onUnreadable
    self.connection = connection
  }

  /// Returns those that have changed since they were read.
  mutating func write(_ items: ArraySlice<MigrationItem>) throws(MigrationFailure) -> [MigrationItem] {
    do throws(RedisError) {
      var changed: [MigrationItem] = []
      var rest = items
      while !rest.isEmpty {
        let batch = rest.prefix(Self.fitting(rest))
        rest = rest.dropFirst(batch.count)
        changed += try writeAtOnce(batch)
      }
      return changed
    } catch {
      throw .redis(error)
    }
  }

  /// How many of them one script takes; at least one.
  private static func fitting(_ items: ArraySlice<MigrationItem>) -> Int {
    var (count, bytes) = (0, 0)
    for item in items.prefix(MigrationLimits.writing) {
      bytes += item.bytes
      if count > 0, bytes > MigrationLimits.writingBytes { break }
      count += 1
    }
    return count
  }

  private mutating func writeAtOnce(_ items: ArraySlice<MigrationItem>) throws(RedisError) -> [MigrationItem] {
    let results = try ConversationWriter.write(items, times, &connection)
    var tally = MigrationTally()
    var (changed, existing): ([MigrationItem], [MigrationItem]) = ([], [])
    for (item, result) in zip(items, results) {
      switch result {
      case .written: tally.migrated += 1
      case .gone: tally.gone += 1
      case .changed: changed.append(item)
      case .exists: existing.append(item)
      }
    }
    progress.count {
      $0.migrated += tally.migrated
      $0.gone += tally.gone
    }
    return existing.isEmpty ? changed : try changed + catchUp(existing)
  }

  private mutating func catchUp(_ items: [MigrationItem]) throws(RedisError) -> [MigrationItem] {
    var changed: [MigrationItem] = []
    for (item, found) in zip(items, try ConversationMerger.look(at: items, &connection)) {
      guard let (stored, result) = found else {
        changed.append(item)
        continue
      }
      if case .unreadable(let reason) = result {
        progress.count { $0.unreadable += 1 }
        onUnreadable(UnreadableContext(key: item.key, reason: reason))
      } else if result == .live {
        progress.count { $0.live += 1 }
      } else if let stored, try ConversationMerger.write(item, over: stored, result, times, &connection) {
        progress.count { if result == .present { $0.present += 1 } else { $0.merged += 1 } }
      } else {
        changed.append(item)
      }
    }
    return changed
  }
}

internal import Redis

/// The careful way: each context by itself compared and written, in scripts; what its user has already is looked at.
struct ScriptedWrite {
  private let times: MigratedTTL
  private let reading: LegacyReading

  init(_ times: MigratedTTL, _ reading: LegacyReading) {
    self.times = times
    self.reading = reading
  }

  /// Returns those that have changed since they were read.
  func write(
    _ items: ArraySlice<MigrationItem>, _ connection: inout RedisConnection
  ) throws(MigrationError) -> [MigrationItem] {
    do throws(RedisError) {
      var changed: [MigrationItem] = []
      var rest = items
      while !rest.isEmpty {
        let batch = rest.prefix(Self.fitting(rest))
        rest = rest.dropFirst(batch.count)
        changed += try writeAtOnce(batch, &connection)
      }
      return changed
    } catch {
      throw .redis(error)
    }
  }

  /// How many of them one script takes; at least one.
  private static func fitting(_ items: ArraySlice<MigrationItem>) -> Int {
    var (count, bytes) = (0, 0)
    for item in items.prefix(MigrationLimits.batch) {
      bytes += item.bytes
      if count > 0, bytes > MigrationLimits.writingBytes { break }
      count += 1
    }
    return count
  }

  private func writeAtOnce(
    _ items: ArraySlice<MigrationItem>, _ connection: inout RedisConnection
  ) throws(RedisError) -> [MigrationItem] {
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
    reading.progress.count {
      $0.migrated += tally.migrated
      $0.gone += tally.gone
    }
    return existing.isEmpty ? changed : try changed + catchUp(existing, &connection)
  }

  private func catchUp(
    _ items: [MigrationItem], _ connection: inout RedisConnection
  ) throws(RedisError) -> [MigrationItem] {
    var changed: [MigrationItem] = []
    for (item, found) in zip(items, try ConversationMerger.look(at: items, &connection)) {
      guard let (stored, result) = found else {
        changed.append(item)
        continue
      }
      if case .unreadable(let reason) = result {
        reading.leave(item.key, reason)
      } else if result == .live {
        reading.progress.count { $0.live += 1 }
      } else if let stored, try ConversationMerger.write(item, over: stored, result, times, &connection) {
        reading.progress.count { if result == .present { $0.present += 1 } else { $0.merged += 1 } }
      } else {
        changed.append(item)
      }
    }
    return changed
  }
}

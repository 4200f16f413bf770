internal import Redis

/// Makes plans of the legacy values of one role.
struct LegacyReading: Sendable {
  let migration: Migration
  let role: ContextRole
  let progress: MigrationProgress
  let onUnreadable: @Sendable (UnreadableContext) -> Void

  /// A legacy value that could be read.
  struct Found {
    var owner: ContextOwner
    var key: [UInt8]
    var value: [UInt8]
    var left: Int?
    var context: LegacyContext
  }

  /// Longer than any context of this role lives, in milliseconds.
  var longest: Int { migration.lifetimes.longest(role) * 1_000 }

  /// Reads and plans; `later` are the keys for which the answer had no room.
  func plan(
    _ keys: [[UInt8]], _ connection: inout RedisConnection
  ) throws(MigrationError) -> (items: [MigrationItem], later: [[UInt8]]) {
    let values: [LegacyRead]
    do throws(RedisError) {
      values = try LegacyReader.read(keys, longestMilliseconds: longest, &connection)
    } catch { throw .redis(error) }
    var (found, later): ([Found], [[UInt8]]) = ([], [])
    var (kept, gone) = (0, 0)
    for (key, value) in zip(keys, values) {
      switch value {
      case .kept: kept += 1
      case .gone: gone += 1
      case .later: later.append(key)
      case .unreadable(let reason): leave(key, reason)
      case .value(let value, let left):
        do throws(Unreadable) { found.append(try read(key, value, left)) } catch { leave(key, error.reason) }
      }
    }
    count(kept: kept, gone: gone)
    return (try plan(found), later)
  }

  struct Unreadable: Error { var reason: String }

  func read(_ key: [UInt8], _ value: [UInt8], _ left: Int?) throws(Unreadable) -> Found {
    guard case .legacy(let owner) = ContextKey(key) else {
      throw Unreadable(reason: "behind \(role.legacyPrefix) its name is empty or no UTF-8")
    }
    do throws(LegacyContext.ParseError) {
      return Found(owner: owner, key: key, value: value, left: left, context: try LegacyContext(value))
    } catch {
      throw Unreadable(reason: error.description)
    }
  }

  func plan(_ found: [Found]) throws(MigrationError) -> [MigrationItem] {
    let elsewhere = try messages(of: found.map(\.owner))
    return found.enumerated().compactMap { place, read in
      let item = MigrationItem(
        owner: read.owner, key: read.key, value: read.value, left: read.left, context: read.context,
        elsewhere: elsewhere?[place] ?? [])
      if item.conversation.values.allSatisfy({ $0.count <= MigrationLimits.value }) { return item }
      leave(read.key, "its last \(Message.historyLimit) messages have more than \(MigrationLimits.value) bytes")
      return nil
    }
  }

  /// Nil without a source.
  private func messages(of owners: [ContextOwner]) throws(MigrationError) -> [[Message]]? {
    guard let source = migration.messages, !owners.isEmpty else { return nil }
    do throws(MessageSourceError) { return try source.last(Message.historyLimit, of: owners) } catch {
      throw .messages(error)
    }
  }

  func count(kept: Int, gone: Int) {
    guard kept + gone > 0 else { return }
    progress.count {
      $0.present += kept
      $0.gone += gone
    }
  }

  func leave(_ key: [UInt8], _ reason: String) {
    progress.count { $0.unreadable += 1 }
    onUnreadable(UnreadableContext(key: key, reason: reason))
  }
}

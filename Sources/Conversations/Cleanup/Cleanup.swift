internal import Glibc
internal import Reactor
package import Redis

/// Removes the keys of one layout, after writing all of them to a dump.
///
///     SCAN -> a batch of keys -> DUMP of each -> into the file -> fsync -> a script removes those that are still the same
///
/// A key is removed only after its value, type and expiry are on disk, and only if it is unchanged since: the script
/// compares before it removes, so concurrent writes stay. Killed at any moment, it has removed no key that is not in the
/// dump; a second run, with a dump of its own, removes the rest. Memory does not grow with the number of keys.
package final class Cleanup {
  private let patterns: [Pattern]
  /// Keys per second; nil: unlimited.
  package var rate: Int?
  /// Called for every batch when it is on disk, before any of it is removed.
  package var whenDumped: ([DumpRecord]) -> Void = { _ in }
  package private(set) var tally = CleanupTally()
  private lazy var limiter = RateLimiter(perSecond: rate)

  /// Keys to remove: those that SCAN finds by `glob`, if they are `own`.
  private struct Pattern {
    var glob: String
    var isOwn: ([UInt8]) -> Bool
  }

  /// - Parameter path: whose keys are removed; with `legacy` also what was kept of them for a rollback.
  package init(_ path: ContextLayout, in layout: Layout, roles: [ContextRole], rate: Int? = nil) {
    patterns = roles.compactMap { layout.roles[$0] }.flatMap { Self.patterns(path, $0) }
    self.rate = rate
  }

  private static func patterns(_ path: ContextLayout, _ role: RoleLayout) -> [Pattern] {
    switch path {
    case .legacy:
      let records = SyncRecord.prefix
      return role.legacy.keys.map { Pattern(glob: $0.glob(), isOwn: { _ in true }) }
        + [Pattern(glob: records + role.legacy.keys[0].glob(), isOwn: { _ in true })]
    case .unified:
      // Other keys that begin alike belong to other applications; they are counted.
      let patterns = [role.unified.key] + [role.unified.pointer].compactMap(\.self)
      return Set(patterns.map(\.stem)).sorted().map { stem in
        Pattern(glob: stem + "*", isOwn: { key in patterns.contains { $0.isWhole($0.match(key)) } })
      }
    }
  }

  /// For one command; the largest values need that long.
  private static let timeout = Duration.seconds(30)
  /// The limits of a batch: keys, and bytes of their values.
  private static let batchCount = 200
  private static let batchBytes = 8 << 20
  /// A larger value would not fit into one RESTORE, which takes 64 MiB at most.
  private static let largest = 56 << 20
  /// The reply limit of a connection for `run`.
  package static let replyLimit = 128 << 20

  /// Throws where the file exists already.
  package static func check(dump path: String) throws(CleanupError) { try DumpWriter.checkIsNew(path) }

  /// Counts what `run` would remove, without changes.
  package func preview(
    on connection: inout RedisConnection, progress: (CleanupTally) -> Void = { _ in }
  ) throws(CleanupError) {
    try forEachPage(on: &connection) { keys, connection throws(CleanupError) in
      _ = try self.measure(keys, on: &connection)
      progress(self.tally)
    }
  }

  /// - Parameter path: the dump file, created when there is something to write.
  package func run(
    on connection: inout RedisConnection, dump path: String, progress: (CleanupTally) -> Void = { _ in }
  ) throws(CleanupError) {
    var writer: DumpWriter?
    try forEachPage(on: &connection) { keys, connection throws(CleanupError) in
      for batch in try self.batches(keys, on: &connection) {
        let records = try self.records(of: batch, on: &connection)
        if records.isEmpty { continue }
        if writer == nil {
          writer = try DumpWriter.create(path)
          self.tally.dump = path
        }
        for record in records { try writer?.append(record) }
        try writer?.flush()
        self.tally.dumpBytes = writer?.byteCount ?? 0
        self.whenDumped(records)
        try self.remove(records, on: &connection)
        progress(self.tally)
        self.limiter.record(records.count)
      }
    }
  }

  // MARK: Scan

  private func forEachPage(
    on connection: inout RedisConnection,
    _ body: ([[UInt8]], inout RedisConnection) throws(CleanupError) -> Void
  ) throws(CleanupError) {
    for pattern in patterns {
      var cursor: RedisWord = "0"
      repeat {
        let reply = try call(
          ["SCAN", cursor, "MATCH", RedisWord(pattern.glob), "COUNT", "1000"], on: &connection)
        guard let parts = reply.elements, parts.count == 2, let next = parts[0].value, let keys = parts[1].elements
        else { throw .invalidReply("SCAN") }
        cursor = RedisWord(next)
        // SCAN may return a key twice.
        var seen: Set<[UInt8]> = []
        let all = keys.compactMap(\.value).filter { seen.insert($0).inserted }
        let own = all.filter(pattern.isOwn)
        tally.foreign += all.count - own.count
        if !own.isEmpty { try body(own, &connection) }
      } while cursor != "0"
    }
  }

  /// Counts the existing keys and returns their sizes in bytes.
  private func measure(
    _ keys: [[UInt8]], on connection: inout RedisConnection
  ) throws(CleanupError) -> [(key: [UInt8], bytes: Int)] {
    let commands = keys.flatMap { key -> [[RedisWord]] in
      [["MEMORY", "USAGE", RedisWord(key)], ["TYPE", RedisWord(key)], ["PTTL", RedisWord(key)]]
    }
    let replies = try pipeline(commands, on: &connection)
    var sizes: [(key: [UInt8], bytes: Int)] = []
    for (index, key) in keys.enumerated() {
      guard let bytes = replies[index * 3].integer, let type = replies[index * 3 + 1].text, type != "none" else {
        tally.gone += 1
        continue
      }
      tally.found += 1
      tally.bytes += bytes
      tally.types[type, default: 0] += 1
      if replies[index * 3 + 2].integer == -1 { tally.withoutExpiry += 1 }
      sizes.append((key, bytes))
    }
    return sizes
  }

  private func batches(
    _ keys: [[UInt8]], on connection: inout RedisConnection
  ) throws(CleanupError) -> [[[UInt8]]] {
    var batches: [[[UInt8]]] = []
    var bytes = 0
    for (key, size) in try measure(keys, on: &connection) {
      guard size <= Self.largest else {
        tally.tooLarge += 1
        continue
      }
      if batches.isEmpty || bytes + size > Self.batchBytes || batches[batches.count - 1].count == Self.batchCount {
        batches.append([])
        bytes = 0
      }
      batches[batches.count - 1].append(key)
      bytes += size
    }
    return batches
  }

  // MARK: Dump and removal

  private func records(
    of keys: [[UInt8]], on connection: inout RedisConnection
  ) throws(CleanupError) -> [DumpRecord] {
    var commands: [[RedisWord]] = [["TIME"]]
    for key in keys { commands += [["TYPE", RedisWord(key)], ["PTTL", RedisWord(key)], ["DUMP", RedisWord(key)]] }
    let replies = try pipeline(commands, on: &connection)
    guard let time = replies[0].elements, time.count == 2, let seconds = time[0].integer,
      let microseconds = time[1].integer
    else { throw .invalidReply("TIME") }
    var records: [DumpRecord] = []
    for (index, key) in keys.enumerated() {
      guard let type = replies[index * 3 + 1].text, let left = replies[index * 3 + 2].integer,
        let value = replies[index * 3 + 3].value
      else {
        tally.gone += 1
        continue
      }
      guard value.count <= Self.largest else {
        tally.tooLarge += 1
        continue
      }
      let expiresAt = left < 0 ? 0 : seconds * 1_000 + microseconds / 1_000 + left
      records.append(DumpRecord(key: key, type: type, expiresAt: expiresAt, value: value))
    }
    return records
  }

  private func remove(_ records: [DumpRecord], on connection: inout RedisConnection) throws(CleanupError) {
    let arguments = records.flatMap { record -> [RedisWord] in
      [RedisWord(RedisDigest.hexadecimal(RedisDigest.sha1(record.value))), RedisWord(record.expiresAt)]
    }
    let reply: RedisReply
    do throws(RedisError) {
      reply = try connection.script(
        Self.removal, keys: records.map { RedisWord($0.key) }, arguments: arguments,
        timeoutNanoseconds: Self.timeout.nanoseconds)
    } catch { throw .redis(error) }
    guard let results = reply.elements, results.count == records.count else { throw .invalidReply("the script") }
    for result in results {
      switch result.integer {
      case 1: tally.removed += 1
      case 0: tally.gone += 1
      default: tally.writtenMeanwhile += 1
      }
    }
  }

  /// ARGV: for each key a digest of its dump, and its expiry. Results: 1 removed, 0 gone, -1 changed. The expiry was computed
  /// from two replies of one pipeline, so it may be off by the time between them.
  private static let removal = RedisScript(
    """
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local results = {}
    for i, key in ipairs(KEYS) do
      local dump = redis.call('DUMP', key)
      if not dump then
        results[i] = 0
      else
        local left, expiry = redis.call('PTTL', key), tonumber(ARGV[2 * i])
        local same = (left < 0 and expiry == 0) or (left >= 0 and expiry > 0 and math.abs(now + left - expiry) < 5000)
        if same and redis.sha1hex(dump) == ARGV[2 * i - 1] then
          redis.call('UNLINK', key)
          results[i] = 1
        else
          results[i] = -1
        end
      end
    end
    return results
    """)

  private func call(_ words: [RedisWord], on connection: inout RedisConnection) throws(CleanupError) -> RedisReply {
    do throws(RedisError) { return try connection.command(words, timeoutNanoseconds: Self.timeout.nanoseconds) } catch {
      throw .redis(error)
    }
  }

  /// Throws the first error among the replies.
  private func pipeline(
    _ commands: [[RedisWord]], on connection: inout RedisConnection
  ) throws(CleanupError) -> [RedisReply] {
    do throws(RedisError) {
      let replies = try connection.pipeline(commands, timeoutNanoseconds: Self.timeout.nanoseconds)
      if let text = replies.lazy.compactMap(\.failure).first { throw RedisError.refused(text) }
      return replies
    } catch { throw .redis(error) }
  }
}

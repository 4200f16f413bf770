internal import Glibc
internal import Reactor
package import Redis

/// Removes the keys of one layout, and can give all of them back.
///
///     SCAN -> a batch of keys -> DUMP of each -> into the file -> fsync -> a script removes those that are still the same
///
/// A key is removed only after its value, its type and its expiry are on the disk, and only while it is what was dumped: the
/// script compares before it removes, so that what somebody writes meanwhile stays. Killed at any moment it has removed
/// nothing that is in no dump; a second run, with a dump of its own, does the rest. Memory does not grow with the number
/// of keys.
package final class Cleanup {
  package let layout: ContextLayout
  package let roles: [ContextRole]
  /// Keys a second; nil: as fast as it goes.
  package var rate: Int?
  /// Told of every batch when it is on the disk, before any of it is removed.
  package var whenDumped: ([DumpRecord]) -> Void = { _ in }
  package private(set) var tally = CleanupTally()
  private let started = MonotonicClock.now()

  package init(_ layout: ContextLayout, roles: [ContextRole], rate: Int? = nil) {
    self.layout = layout
    self.roles = roles
    self.rate = rate
  }

  /// What one command may take; the largest value of 56 MiB needs the more.
  private static let patience: UInt64 = 30_000_000_000
  /// Of one batch: keys, and bytes of their values.
  private static let batchCount = 200
  private static let batchBytes = 8 << 20
  /// A larger value would not fit into one RESTORE, of which 64 MiB is the bound.
  private static let largest = 56 << 20
  /// What a connection for `run` has to take as one reply.
  package static let replyLimit = 128 << 20

  /// Whether there can be a new dump of that name.
  package static func check(dump path: String) throws(CleanupError) { try DumpWriter.checkIsNew(path) }

  /// What would be removed; nothing is changed.
  package func preview(
    on connection: inout RedisConnection, progress: (CleanupTally) -> Void = { _ in }
  ) throws(CleanupError) {
    try forEachPage(on: &connection) { keys, connection throws(CleanupError) in
      _ = try self.look(keys, on: &connection)
      progress(self.tally)
    }
  }

  /// - Parameter path: of the dump, which is made when there is something to write.
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
        self.keepRate()
      }
    }
  }

  // MARK: Finding

  private func forEachPage(
    on connection: inout RedisConnection,
    _ body: ([[UInt8]], inout RedisConnection) throws(CleanupError) -> Void
  ) throws(CleanupError) {
    for role in roles {
      var cursor: RedisWord = "0"
      repeat {
        let reply = try call(
          ["SCAN", cursor, "MATCH", RedisWord(layout.prefix(role) + "*"), "COUNT", "1000"], on: &connection)
        guard let parts = reply.elements, parts.count == 2, let next = parts[0].value, let keys = parts[1].elements
        else { throw .answer("SCAN") }
        cursor = RedisWord(next)
        // SCAN may give a key twice.
        var seen: Set<[UInt8]> = []
        let all = keys.compactMap(\.value).filter { seen.insert($0).inserted }
        let own = all.filter { layout.owns($0, role) }
        tally.foreign += all.count - own.count
        if !own.isEmpty { try body(own, &connection) }
      } while cursor != "0"
    }
  }

  /// The sizes in bytes of the keys that are there; they are counted.
  private func look(
    _ keys: [[UInt8]], on connection: inout RedisConnection
  ) throws(CleanupError) -> [(key: [UInt8], bytes: Int)] {
    let commands = keys.flatMap { key -> [[RedisWord]] in
      [["MEMORY", "USAGE", RedisWord(key)], ["TYPE", RedisWord(key)], ["PTTL", RedisWord(key)]]
    }
    let replies = try pipeline(commands, on: &connection)
    var sizes: [(key: [UInt8], bytes: Int)] = []
    for (place, key) in keys.enumerated() {
      guard let bytes = replies[place * 3].integer, let type = replies[place * 3 + 1].text, type != "none" else {
        tally.gone += 1
        continue
      }
      tally.found += 1
      tally.bytes += bytes
      tally.types[type, default: 0] += 1
      if replies[place * 3 + 2].integer == -1 { tally.withoutExpiry += 1 }
      sizes.append((key, bytes))
    }
    return sizes
  }

  private func batches(
    _ keys: [[UInt8]], on connection: inout RedisConnection
  ) throws(CleanupError) -> [[[UInt8]]] {
    var batches: [[[UInt8]]] = []
    var bytes = 0
    for (key, size) in try look(keys, on: &connection) {
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

  // MARK: Dumping and removing

  private func records(
    of keys: [[UInt8]], on connection: inout RedisConnection
  ) throws(CleanupError) -> [DumpRecord] {
    var commands: [[RedisWord]] = [["TIME"]]
    for key in keys { commands += [["TYPE", RedisWord(key)], ["PTTL", RedisWord(key)], ["DUMP", RedisWord(key)]] }
    let replies = try pipeline(commands, on: &connection)
    guard let time = replies[0].elements, time.count == 2, let seconds = time[0].integer,
      let microseconds = time[1].integer
    else { throw .answer("TIME") }
    var records: [DumpRecord] = []
    for (place, key) in keys.enumerated() {
      guard let type = replies[place * 3 + 1].text, let left = replies[place * 3 + 2].integer,
        let value = replies[place * 3 + 3].value
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
        Self.removal, keys: records.map { RedisWord($0.key) }, arguments: arguments, timeoutNanoseconds: Self.patience)
    } catch { throw .redis(error) }
    guard let answers = reply.elements, answers.count == records.count else { throw .answer("the script") }
    for answer in answers {
      switch answer.integer {
      case 1: tally.removed += 1
      case 0: tally.gone += 1
      default: tally.writtenMeanwhile += 1
      }
    }
  }

  /// Of each key a digest of its dump and its expiry: 1 removed, 0 gone, -1 something else by now. The expiry was
  /// computed from two replies of one pipeline, so that it may be late by as long as that took.
  private static let removal = RedisScript(
    """
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local answers = {}
    for i, key in ipairs(KEYS) do
      local dump = redis.call('DUMP', key)
      if not dump then
        answers[i] = 0
      else
        local left, expiry = redis.call('PTTL', key), tonumber(ARGV[2 * i])
        local same = (left < 0 and expiry == 0) or (left >= 0 and expiry > 0 and math.abs(now + left - expiry) < 5000)
        if same and redis.sha1hex(dump) == ARGV[2 * i - 1] then
          redis.call('UNLINK', key)
          answers[i] = 1
        else
          answers[i] = -1
        end
      end
    end
    return answers
    """)

  /// Waits until as many keys a second were removed as are allowed.
  private func keepRate() {
    guard let rate else { return }
    let due = Double(tally.removed) / Double(max(rate, 1))
    let passed = Double(MonotonicClock.now() &- started) / 1e9
    if due > passed { usleep(UInt32((due - passed) * 1e6)) }
  }

  private func call(_ words: [RedisWord], on connection: inout RedisConnection) throws(CleanupError) -> RedisReply {
    do throws(RedisError) { return try connection.command(words, timeoutNanoseconds: Self.patience) } catch {
      throw .redis(error)
    }
  }

  /// The replies; the first error among them is thrown.
  private func pipeline(
    _ commands: [[RedisWord]], on connection: inout RedisConnection
  ) throws(CleanupError) -> [RedisReply] {
    do throws(RedisError) {
      let replies = try connection.pipeline(commands, timeoutNanoseconds: Self.patience)
      if let text = replies.lazy.compactMap(\.failure).first { throw RedisError.refused(text) }
      return replies
    } catch { throw .redis(error) }
  }
}

package import Redis

/// Puts back what a dump holds. A key that is there is never overwritten unless that is asked for; one whose time is over stays
/// away. It can be repeated: what is back is passed over.
package final class DumpRestoration {
  package struct Tally: Sendable, Equatable, Codable {
    package var records = 0
    package var restored = 0
    /// A key of that name is there.
    package var existing = 0
    package var expired = 0
    /// Redis does not take the value: it was dumped by a later version of Redis.
    package var refused = 0
    /// The first 100 of those.
    package var refusals: [Refusal] = []
    /// The files that end within a record, or were damaged; all before it was read.
    package var torn: [Torn] = []
  }

  package struct Torn: Sendable, Equatable, Codable {
    package var path: String
    /// The offset of the first record that cannot be read, in bytes from the beginning.
    package var offset: Int
  }

  package struct Refusal: Sendable, Equatable, Codable {
    package var key: String
    package var reason: String
  }

  package private(set) var tally = Tally()
  private let isReplacing: Bool

  package init(replacing isReplacing: Bool) { self.isReplacing = isReplacing }

  private static let patience: UInt64 = 30_000_000_000
  private static let batchCount = 200
  private static let batchBytes = 8 << 20

  package func run(
    _ reader: consuming DumpReader, on connection: inout RedisConnection, progress: (Tally) -> Void = { _ in }
  ) throws(CleanupError) {
    var batch: [DumpRecord] = []
    var bytes = 0
    while let record = try reader.next() {
      tally.records += 1
      if batch.count == Self.batchCount || bytes + record.value.count > Self.batchBytes, !batch.isEmpty {
        try restore(batch, on: &connection)
        progress(tally)
        batch = []
        bytes = 0
      }
      batch.append(record)
      bytes += record.value.count
    }
    if !batch.isEmpty { try restore(batch, on: &connection) }
    if let offset = reader.tornAt { tally.torn.append(Torn(path: reader.path, offset: offset)) }
    progress(tally)
  }

  private func restore(_ batch: [DumpRecord], on connection: inout RedisConnection) throws(CleanupError) {
    do throws(RedisError) {
      let now = try Self.now(connection.command("TIME", timeoutNanoseconds: Self.patience))
      let records = batch.filter { $0.expiresAt == 0 || $0.expiresAt > now }
      tally.expired += batch.count - records.count
      if records.isEmpty { return }
      let replies = try connection.pipeline(records.map(command), timeoutNanoseconds: Self.patience)
      var fault: RedisError?
      for (record, reply) in zip(records, replies) {
        guard let text = reply.failure else {
          tally.restored += 1
          continue
        }
        if text.hasPrefix("BUSYKEY") {
          tally.existing += 1
        } else if text.contains("DUMP payload") || text.contains("Bad data format") {
          tally.refused += 1
          guard tally.refusals.count < 100 else { continue }
          tally.refusals.append(Refusal(key: String(decoding: record.key, as: UTF8.self), reason: text))
        } else {
          fault = fault ?? .refused(text)
        }
      }
      if let fault { throw fault }
    } catch { throw .redis(error) }
  }

  private func command(_ record: DumpRecord) -> [RedisWord] {
    ["RESTORE", RedisWord(record.key), RedisWord(record.expiresAt), RedisWord(record.value), "ABSTTL"]
      + (isReplacing ? ["REPLACE"] : [])
  }

  /// In milliseconds since 1970, by the server's clock.
  private static func now(_ reply: RedisReply) -> Int {
    guard let seconds = reply.elements?.first?.integer else { return 0 }
    return seconds * 1_000
  }
}

package import Flags
internal import Reactor
package import Redis

/// What a sample of the contexts tells about how conversations begin and continue, for applications that do not report it:
/// how many began lately, and how many never went on after the first exchange.
package struct ContextActivity: Sendable, Equatable, Codable {
  /// Contexts that began within this time count as created lately. No context in use lives for less.
  package static let periodSeconds = 900
  /// Conversations that began longer ago could have gone on.
  package static let settledSeconds = 300
  /// Contexts of each cohort that are read.
  package static let sampled = 300
  /// Larger values are not read.
  private static let largest = 65_536
  /// Fewer do not tell a share.
  private static let fewestSettled = 20

  /// Estimates for all contexts; nil where there are none, or the layout does not say when they began.
  package var legacyCreated: Double?
  package var unifiedCreated: Double?
  /// Conversations of the sample that could have gone on, and those of them with one exchange: at most two messages.
  package var settled = 0
  package var singleExchanges = 0

  package init() {}

  package func created(_ cohort: Cohort) -> Double? { cohort == .legacy ? legacyCreated : unifiedCreated }

  /// Nil where too few tell.
  package var singleExchangeShare: Double? {
    settled < Self.fewestSettled ? nil : Double(singleExchanges) / Double(settled)
  }

  /// Reads the sample of a complete count, in a few round trips.
  ///
  /// - Parameter now: seconds since 1970.
  package static func read(
    _ count: KeyCount, at now: Int, _ connection: inout RedisConnection
  ) throws(RedisError) -> ContextActivity {
    var activity = ContextActivity()
    let legacy = count.total(.legacyCustomer) + count.total(.legacyAdmin)
    activity.legacyCreated = estimate(try ages(count.legacySample, count.kinds, now, &connection), of: legacy)
    let metas = count.metaSample
    let ages = try ages(metas, count.kinds, now, &connection)
    activity.unifiedCreated = estimate(ages, of: count.total(.unifiedMeta))
    let settled = zip(metas, ages).filter { ($0.1 ?? 0) > settledSeconds }.map(\.0)
    for messages in try messageCounts(settled, count.kinds, &connection).compactMap(\.self) {
      activity.settled += 1
      if messages <= 2 { activity.singleExchanges += 1 }
    }
    return activity
  }

  private static func estimate(_ ages: [Int?], of total: UInt64) -> Double? {
    let known = ages.compactMap(\.self)
    guard !known.isEmpty else { return nil }
    return Double(total) * Double(known.count { $0 <= periodSeconds }) / Double(known.count)
  }

  /// Seconds since each context began; nil where it is unknown.
  private static func ages(
    _ keys: [[UInt8]], _ kinds: KeyKinds, _ now: Int, _ connection: inout RedisConnection
  ) throws(RedisError) -> [Int?] {
    let members = keys.map { kinds.creation(of: $0) }
    let sizes = try replies(
      zip(keys, members).map { $1?.form == .json ? ["STRLEN", RedisWord($0)] : nil }, &connection)
    let values = try replies(
      keys.indices.map { index in
        guard let member = members[index] else { return nil }
        if member.form == .hash, member.path.names.count == 1 {
          return ["HGET", RedisWord(keys[index]), RedisWord(member.path.names[0])]
        }
        return (sizes[index]?.integer ?? .max) <= largest ? ["GET", RedisWord(keys[index])] : nil
      }, &connection)
    return keys.indices.map { index in
      guard let member = members[index], let value = values[index]?.value else { return nil }
      let time = member.form == .hash ? value : member.path.found(in: value).map(Self.plain)
      guard let time, let began = try? StoredTime(time, member.format) else { return nil }
      return max(0, now - began.seconds)
    }
  }

  /// The text of a JSON string, the digits of a number.
  private static func plain(_ json: [UInt8]) -> [UInt8] {
    json.first == UInt8(ascii: "\"") ? Array(JSONBytes.string(json[...]).utf8) : json
  }

  private static func messageCounts(
    _ metas: [[UInt8]], _ kinds: KeyKinds, _ connection: inout RedisConnection
  ) throws(RedisError) -> [Int?] {
    let histories = metas.map { kinds.history(ofMeta: $0) }
    let sizes = try replies(
      histories.map { $0.map { [$0.form == .list ? "LLEN" : "STRLEN", RedisWord($0.key)] } }, &connection)
    let values = try replies(
      zip(histories, sizes).map { history, size in
        guard let history, history.form == .json, (size?.integer ?? .max) <= largest else { return nil }
        return ["GET", RedisWord(history.key)]
      }, &connection)
    return histories.indices.map { index in
      guard let history = histories[index] else { return nil }
      if history.form == .list { return sizes[index]?.integer }
      return values[index]?.value.flatMap { try? JSONScanner.elements(of: $0).count }
    }
  }

  /// A reply to each command there is. Replies that a key of another type causes count as none.
  private static func replies(
    _ commands: [[RedisWord]?], _ connection: inout RedisConnection
  ) throws(RedisError) -> [RedisReply?] {
    let sent = commands.compactMap(\.self)
    guard !sent.isEmpty else { return commands.map { _ in nil } }
    var replies = try connection.pipeline(sent)[...]
    if let text = replies.lazy.compactMap(\.failure).first(where: { $0.hasPrefix("NOPERM") }) { throw .refused(text) }
    return commands.map { $0 == nil ? nil : replies.popFirst() }
  }
}

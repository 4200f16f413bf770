import FoundationEssentials
internal import Redis

/// Reads the audit stream from its end, a page at a time, until enough entries of one flag are found.
struct AuditPages {
  private static let pageSize = 500

  private let flag: String?
  private let limit: Int
  /// Where the next page ends; nil when there is none.
  private var end: String? = "+"
  private(set) var trail = AuditTrail(entries: [])

  init(flag: String?, limit: Int) {
    self.flag = flag
    self.limit = limit
  }

  func nextCommand(_ keys: RedisKeys) -> [RedisWord]? {
    guard let end, trail.entries.count < limit else { return nil }
    return ["XREVRANGE", keys.audit, RedisWord(end), "-", "COUNT", RedisWord(Self.pageSize)]
  }

  mutating func take(_ reply: RedisReply) {
    let page = reply.elements ?? []
    // "(" leaves out the one that was the last here.
    end = page.count < Self.pageSize ? nil : page.last?.elements?.first?.text.map { "(" + $0 }
    for item in page where trail.entries.count < limit {
      let fields = item.elements?.last?.pairs
      guard let bytes = fields?["entry"]?.value,
        let entry = try? JSONDecoder().decode(AuditEntry.self, from: Data(bytes))
      else {
        trail.unreadable += 1
        continue
      }
      if flag == nil || entry.flag == flag { trail.entries.append(entry) }
    }
  }
}

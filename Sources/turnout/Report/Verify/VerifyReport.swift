import Conversations

/// What a verification came to.
struct VerifyReport: Encodable {
  var redis: String
  var same: Int
  var liveSince: Int
  var begunOnUnified: Int
  var legacySince: Int
  var differs: Int
  var notMigrated: Int
  var expired: Int
  var legacyGone: Int
  var unreadable: Int
  var outside: Int
  var seconds: Double
  /// False when it ended early.
  var complete: Bool
  var report: String?

  enum CodingKeys: String, CodingKey {
    case redis, same, differs, expired, unreadable, outside, seconds, complete, report
    case liveSince = "live_since"
    case begunOnUnified = "begun_on_unified"
    case legacySince = "legacy_since"
    case notMigrated = "not_migrated"
    case legacyGone = "legacy_gone"
  }

  init(_ tally: VerifyTally, redis: String, seconds: Double, complete: Bool, report: String?) {
    self.redis = redis
    same = tally.same
    liveSince = tally.liveSince
    begunOnUnified = tally.begunOnUnified
    legacySince = tally.legacySince
    differs = tally.differs
    notMigrated = tally.notMigrated
    expired = tally.expired
    legacyGone = tally.legacyGone
    unreadable = tally.unreadable
    outside = tally.outside
    self.seconds = (seconds * 1_000).rounded() / 1_000
    self.complete = complete
    self.report = report
  }

  /// A row for each outcome; those that never should be are always there.
  var text: String {
    let rows: [(name: String, count: Int, meaning: String, isAlways: Bool)] = [
      ("same", same, "every field as in the legacy context", true),
      ("live since", liveSince, "something was said on unified; the rest is still there", false),
      ("begun on unified", begunOnUnified, "not made of the legacy context", false),
      ("legacy since", legacySince, "something was said on legacy: migrate again", false),
      ("not migrated", notMigrated, "no conversation", false),
      ("expired", expired, "the conversation was not used for its lifetime", false),
      ("legacy gone", legacyGone, "the legacy context is not there any more", false),
      ("outside", outside, "users who were not asked for", false),
      ("unreadable", unreadable, "values that are broken: left as they are", true),
      ("differs", differs, "fields are not what they should be", true),
    ]
    let heading = complete ? "Compared" : "Ended early"
    let table = rows.filter { $0.isAlways || $0.count > 0 }.map { row in
      "  \(Column.left(row.name, 16))  \(Column.right("\(row.count)", 8))  \(row.meaning)\n"
    }
    return LookedIn.heading(redis) + "\(heading) (\(Column.number(seconds)) s). Contexts:\n" + table.joined()
      + (report.map { "Listed in \($0)\n" } ?? "")
  }
}

import Conversations

/// What a migration came to.
struct MigrationReport: Encodable {
  var redis: String
  var migrated: Int
  var merged: Int
  var present: Int
  var live: Int
  var gone: Int
  var unreadable: Int
  var outside: Int
  var seconds: Double
  var dryRun: Bool
  /// False when it ended early.
  var complete: Bool
  /// The file that lists what could not be read.
  var report: String?

  enum CodingKeys: String, CodingKey {
    case redis, migrated, merged, present, live, gone, unreadable, outside, seconds, complete, report
    case dryRun = "dry_run"
  }

  init(_ tally: MigrationTally, redis: String, seconds: Double, dryRun: Bool, complete: Bool, report: String?) {
    self.redis = redis
    migrated = tally.migrated
    merged = tally.merged
    present = tally.present
    live = tally.live
    gone = tally.gone
    unreadable = tally.unreadable
    outside = tally.outside
    self.seconds = (seconds * 1_000).rounded() / 1_000
    self.dryRun = dryRun
    self.complete = complete
    self.report = report
  }

  var text: String {
    let rate =
      seconds > 0 && migrated + merged > 0 ? ", \(Column.count(UInt64(Double(migrated + merged) / seconds)))/s" : ""
    let time = Column.number(seconds) + " s" + (dryRun ? "" : rate)
    let rows: [(Int, String)] = [
      (migrated, dryRun ? "would be migrated" : "migrated"),
      (
        merged,
        dryRun ? "would get what was said on legacy since" : "got what was said on legacy since they were migrated"
      ),
      (present, "are migrated already"), (live, "have a conversation that was begun on unified: left"),
      (gone, "expired or were removed meanwhile"), (outside, "are of users who were not asked for"),
      (unreadable, "could not be read: left as they are"),
    ]
    let shown = rows.enumerated().filter { $0.offset == 0 || $0.element.0 > 0 }.map(\.element)
    let width = shown.map { "\($0.0)".count }.max() ?? 1
    let heading = dryRun ? "Dry run, nothing was written" : complete ? "Done" : "Ended early"
    return LookedIn.heading(redis) + "\(heading) (\(time)). Contexts:\n"
      + shown.map { "  \(Column.right("\($0.0)", width))  \($0.1)\n" }.joined()
      + (report.map { "Listed in \($0)\n" } ?? "")
  }
}

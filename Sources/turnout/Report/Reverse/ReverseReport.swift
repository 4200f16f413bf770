import Conversations

/// What a reverse migration came to.
struct ReverseReport: Encodable {
  var redis: String
  var written: Int
  var created: Int
  var messages: Int
  var lost: Int
  var unchanged: Int
  var expired: Int
  var outside: Int
  /// Of these, as far as the flag decided who is asked for: they would go back.
  var outsideChanged: Int
  var unreadable: Int
  var busy: Int
  var seconds: Double
  var dryRun: Bool
  /// False when it ended early.
  var complete: Bool
  var report: String?

  enum CodingKeys: String, CodingKey {
    case redis, written, created, messages, lost, unchanged, expired, outside, unreadable, busy, seconds, complete,
      report
    case dryRun = "dry_run"
    case outsideChanged = "outside_changed"
  }

  init(_ tally: ReverseTally, redis: String, seconds: Double, dryRun: Bool, complete: Bool, report: String?) {
    self.redis = redis
    written = tally.written
    created = tally.created
    messages = tally.messages
    lost = tally.lost
    unchanged = tally.unchanged
    expired = tally.expired
    outside = tally.passedOver
    outsideChanged = tally.passedOverChanged
    unreadable = tally.unreadable
    busy = tally.busy
    self.seconds = (seconds * 1_000).rounded() / 1_000
    self.dryRun = dryRun
    self.complete = complete
    self.report = report
  }

  var text: String {
    let rows: [(Int, String)] = [
      (
        written,
        (dryRun ? "would go back into legacy, with " : "went back into legacy, with ") + counted(messages, "message")
      ),
      (created, "of these without a legacy context until now"),
      (unchanged, "have nothing that legacy does not have"), (expired, "expired meanwhile"),
      (outside, "are of users who were not asked for"), (unreadable, "could not be read: left as they are"),
      (busy, "were written by others at every attempt: run it again"),
    ]
    let shown = rows.enumerated().filter { $0.offset == 0 || $0.element.0 > 0 }.map(\.element)
    let width = shown.map { "\($0.0)".count }.max() ?? 1
    let heading = dryRun ? "Dry run, nothing was written" : complete ? "Done" : "Ended early"
    let gone = "Gone: \(counted(lost, "message")), older than the last 10 of their conversation.\n"
    return LookedIn.heading(redis) + "\(heading) (\(Column.number(seconds)) s). Conversations:\n"
      + shown.map { "  \(Column.right("\($0.0)", width))  \($0.1)\n" }.joined() + (lost > 0 ? gone : "")
      + (outsideChanged > 0 ? waiting : "")
      + (report.map { "Listed in \($0)\n" } ?? "")
  }

  private var waiting: String {
    let text =
      "\(outsideChanged) of users whom the flag sends to unified would go back, too: turnout kill first, or --all"
    return Column.wrapped(text, 80).map { $0 + "\n" }.joined()
  }
}

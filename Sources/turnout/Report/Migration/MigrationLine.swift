import Conversations

/// How far a migration is, or another walk through the contexts, on one line of at most 80 columns.
struct MigrationLine {
  var seen: Int
  var unreadable: Int
  /// Of the keys that were looked at: 0 to 1.
  var share: Double
  var seconds: Double

  init(seen: Int, unreadable: Int, share: Double, seconds: Double) {
    (self.seen, self.unreadable, self.share, self.seconds) = (seen, unreadable, share, seconds)
  }

  init(tally: MigrationTally, share: Double, seconds: Double) {
    self.init(seen: tally.seen, unreadable: tally.unreadable, share: share, seconds: seconds)
  }

  /// `[########            ]  41 %  410000 contexts  45600/s  13 s left`
  var bar: String {
    let filled = Int(share * 20)
    let marks = String(repeating: "#", count: filled) + String(repeating: " ", count: 20 - filled)
    return "[\(marks)] " + text
  }

  var text: String {
    let parts = [
      Column.right("\(Int(share * 100))", 3) + " %", Column.count(UInt64(seen)) + " contexts",
      rate, left, unreadable > 0 ? "\(Column.count(UInt64(unreadable))) unreadable" : nil,
    ]
    return parts.compactMap(\.self).joined(separator: "  ")
  }

  private var rate: String? {
    seconds > 0.5 ? Column.count(UInt64(Double(seen) / seconds)) + "/s" : nil
  }

  /// As long as it took so far for each share of the keys. Before there is a twentieth, anything would be a guess.
  private var left: String? {
    guard share >= 0.05, share < 1, seconds > 0.5 else { return nil }
    return Column.duration(seconds: Int((seconds / share * (1 - share)).rounded(.up))) + " left"
  }
}

import Conversations

/// How far a migration is, on one line of at most 80 columns.
struct MigrationLine {
  var tally: MigrationTally
  /// Of the keys that were looked at: 0 to 1.
  var share: Double
  var seconds: Double

  /// `[########            ]  41 %  410000 contexts  45600/s  13 s left`
  var bar: String {
    let filled = Int(share * 20)
    let marks = String(repeating: "#", count: filled) + String(repeating: " ", count: 20 - filled)
    return "[\(marks)] " + text
  }

  var text: String {
    let parts = [
      Column.right("\(Int(share * 100))", 3) + " %", Column.count(UInt64(tally.seen)) + " contexts",
      rate, left, tally.unreadable > 0 ? "\(Column.count(UInt64(tally.unreadable))) unreadable" : nil,
    ]
    return parts.compactMap(\.self).joined(separator: "  ")
  }

  private var rate: String? {
    seconds > 0.5 ? Column.count(UInt64(Double(tally.seen) / seconds)) + "/s" : nil
  }

  /// As long as it took so far for each share of the keys. Before there is a twentieth, anything would be a guess.
  private var left: String? {
    guard share >= 0.05, share < 1, seconds > 0.5 else { return nil }
    return Column.duration(seconds: Int((seconds / share * (1 - share)).rounded(.up))) + " left"
  }
}

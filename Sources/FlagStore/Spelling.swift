/// Finds what a mistyped word was meant to be.
enum Spelling {
  /// The word at the least distance, if that is at most a third of the length; nil when nothing is near.
  static func nearest(to word: String, of words: [String]) -> String? {
    // A word much longer than any of ours is near none, and the distance costs the product of the lengths.
    guard word.utf8.count <= 32 else { return nil }
    let near = words.map { (word: $0, distance: distance(Array(word.utf8), Array($0.utf8))) }
    guard let best = near.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, best.word.utf8.count / 3) ? best.word : nil
  }

  /// Insertions, deletions and replacements between the two (Levenshtein 1965).
  private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var row = Array(0...second.count)
    for (line, left) in first.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for (column, right) in second.enumerated() {
        let replaced = diagonal + (left == right ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[second.count]
  }
}

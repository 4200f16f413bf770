/// The known name that a mistyped name most probably stands for.
package enum Nearest {
  /// The candidate with the fewest edits (a letter inserted, left out or replaced, two swapped), if they are few enough for a
  /// typo.
  package static func name(to text: String, among candidates: [String]) -> String? {
    let normal = normalized(text)
    let ranked = candidates.map { ($0, distance(Array(normal.utf8), Array(normalized($0).utf8))) }
    guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= max(1, min(text.utf8.count, 16) / 3) else { return nil }
    return best.0
  }

  /// `pathPrefix`, `path-prefix` and `path_prefix` are equal.
  private static func normalized(_ text: String) -> String {
    String(text.prefix(64).lowercased().filter { $0 != "_" && $0 != "-" })
  }

  /// Optimal string alignment distance, with three rows.
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
        var best = min(replaced, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          best = min(best, beforeLast[column - 1] + 1)
        }
        current.append(best)
      }
      (beforeLast, last) = (last, current)
    }
    return last[right.count]
  }
}

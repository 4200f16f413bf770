/// The known name that someone most probably meant.
package enum Nearest {
  /// The candidate with the fewest changes (one letter put in, left out, replaced, or two swapped), if they are few
  /// enough to be a slip.
  package static func name(to text: String, among candidates: [String]) -> String? {
    let normal = normalized(text)
    let ranked = candidates.map { ($0, distance(Array(normal.utf8), Array(normalized($0).utf8))) }
    guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= max(1, min(text.utf8.count, 16) / 3) else { return nil }
    return best.0
  }

  /// `pathPrefix`, `path-prefix` and `path_prefix` are the same slip.
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

/// A row of small bars.
enum Sparkline {
  /// The lowest bar first.
  private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  private static let ascii: [Character] = [".", ":", "-", "=", "+", "*", "#", "@"]

  /// One character for each value: nothing where nothing is known, a dot of its own kind for zero, so that it is not
  /// taken for a little, and else a bar whose height is the share of `top`.
  static func text(_ values: [Double?], top: Double, isUnicode: Bool) -> String {
    let bars = isUnicode ? blocks : ascii
    return String(
      values.map { value -> Character in
        guard let value, value.isFinite, value >= 0 else { return " " }
        guard value > 0, top > 0 else { return isUnicode ? "·" : "_" }
        // What is the same but for rounding has the same height.
        let level = (value / top * Double(bars.count) - 1e-6).rounded(.up)
        return bars[Int(min(max(level, 1), Double(bars.count))) - 1]
      })
  }
}

import TestSupport

extension SeededGenerator {
  /// Nanoseconds from 1 us to 73 minutes, every power of two equally often.
  mutating func duration() -> UInt64 {
    let exponent = Int.random(in: 9..<42, using: &self)
    return max(1_000, UInt64.random(in: (1 << exponent)..<(2 << exponent), using: &self))
  }
}

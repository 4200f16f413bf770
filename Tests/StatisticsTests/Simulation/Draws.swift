import Foundation
import TestSupport

extension SeededGenerator {
  /// 0 ..< 1.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Standard normal (Box and Muller).
  mutating func normal() -> Double {
    (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
  }

  /// Mean 1.
  mutating func exponential() -> Double { -log(1 - uniform()) }

  /// At least 1, with a tail that is the heavier the nearer `shape` is to 1.
  mutating func pareto(shape: Double) -> Double { pow(1 - uniform(), -1 / shape) }
}

extension SeededGenerator {
  /// How many of what happens `mean` times on average.
  mutating func poisson(_ mean: Double) -> Double {
    var count = 0.0
    var reached = exponential()
    while reached < mean {
      count += 1
      reached += exponential()
    }
    return count
  }
}

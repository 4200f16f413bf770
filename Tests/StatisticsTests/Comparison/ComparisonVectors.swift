import Foundation
import Statistics
import Testing

/// What NumPy and SciPy computed once; Vectors/make_vectors.py made it.
struct ComparisonVectors: Decodable {
  /// Cluster, requests, errors.
  typealias Sparse = [[Int]]

  struct Delta: Decodable, Sendable {
    let clusters: Sparse
    let seen: Int
    let ratio: Double
    let textbook_variance: Double
    let variance: Double
    let bootstrapped_error: Double
  }
  struct Stratified: Decodable, Sendable {
    let weights: [Double]
    let stages: [Sparse]
    let ratio: Double
    let variance: Double
  }
  struct HalfWidth: Decodable, Sendable {
    let alpha: Double
    let tuning: Double
    let units: Double
    let standard_error: Double
    let two_sided: Double
    let one_sided: Double
  }
  struct Ratio: Decodable, Sendable {
    let legacy: Int
    let unified: Int
    let share: Double
    let p: Double
  }
  struct Tail: Decodable, Sendable {
    let statistic: Double
    let p: Double
  }

  let delta_method: [Delta]
  let stratified: Stratified
  let half_widths: [HalfWidth]
  let sample_ratios: [Ratio]
  let chi_square: [Tail]

  static func load() throws -> ComparisonVectors {
    let file = try #require(
      Bundle.module.url(forResource: "comparison-vectors", withExtension: "json", subdirectory: "Vectors"))
    return try JSONDecoder().decode(ComparisonVectors.self, from: Data(contentsOf: file))
  }

  static func table(_ sparse: Sparse) -> ClusterTable {
    var table = ClusterTable()
    for row in sparse {
      table[row[0], .requests] = UInt64(row[1])
      table[row[0], .errors] = UInt64(row[2])
    }
    return table
  }
}

/// Equal but for rounding.
func isClose(_ value: Double, _ expected: Double, within tolerance: Double = 1e-9) -> Bool {
  abs(value - expected) <= tolerance * max(abs(expected), 1e-300)
}

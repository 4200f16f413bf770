import Statistics
import Testing

@Suite struct DeltaMethodTests {
  private func estimate(_ parts: [DeltaMethod.Part]) -> RatioEstimate? {
    DeltaMethod.estimate(.errors, per: .requests, of: parts)
  }

  @Test("Ratio and variance are those of NumPy, which leaves out one cluster after the other")
  func vectors() throws {
    let vectors = try ComparisonVectors.load().delta_method
    #expect(vectors.count == 3)
    for vector in vectors {
      let result = try #require(estimate([(ComparisonVectors.table(vector.clusters), 1)]))
      #expect(isClose(result.ratio, vector.ratio))
      #expect(isClose(result.variance, vector.variance))
      #expect(result.clusters == vector.seen)
      #expect(isClose(result.effectiveUnits, result.units))
    }
  }

  @Test("The variance is at least that of the textbook, and about that of SciPy's bootstrap where clusters are many")
  func otherEstimates() throws {
    for vector in try ComparisonVectors.load().delta_method {
      let result = try #require(estimate([(ComparisonVectors.table(vector.clusters), 1)]))
      #expect(result.variance >= vector.textbook_variance)
      guard vector.seen > 900 else { continue }
      #expect(isClose(result.variance.squareRoot(), vector.bootstrapped_error, within: 0.1))
    }
  }

  @Test("With clusters of equal size it is the textbook's variance with G / (G - 1)")
  func equalSizes() throws {
    let errors: [UInt64] = [0, 3, 1, 0, 7, 2, 2, 0]
    var table = ClusterTable()
    for (cluster, failed) in errors.enumerated() {
      table[cluster * 100, .requests] = 50
      table[cluster * 100, .errors] = failed
    }
    let mean = Double(errors.reduce(0, +)) / 8
    let squares = errors.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    let result = try #require(estimate([(table, 1)]))
    #expect(isClose(result.variance, squares * 8 / 7 / (400.0 * 400)))
  }

  @Test("Two stages of the same users: what a cluster has in common is counted once, as in NumPy")
  func stratified() throws {
    let vector = try ComparisonVectors.load().stratified
    let parts = zip(vector.stages, vector.weights).map { (ComparisonVectors.table($0), $1) }
    let together = try #require(estimate(parts))
    #expect(isClose(together.ratio, vector.ratio))
    #expect(isClose(together.variance, vector.variance))
    let apart = parts.reduce(0) { $0 + $1.1 * $1.1 * (estimate([($1.0, 1)])?.variance ?? .infinity) }
    #expect(together.variance > apart)
  }

  @Test("A stage that is cut in two is the same stage")
  func sameStageTwice() throws {
    let table = ComparisonVectors.table(try ComparisonVectors.load().delta_method[1].clusters)
    let whole = try #require(estimate([(table, 1)]))
    let halves = try #require(estimate([(table, 0.5), (table, 0.5)]))
    #expect(isClose(halves.variance, whole.variance))
    #expect(halves.units == 2 * whole.units)
    #expect(isClose(halves.effectiveUnits, 2 * whole.units))
  }

  @Test("Nothing to divide by gives no ratio; one cluster alone is no ground for a variance")
  func nothing() {
    var one = ClusterTable()
    #expect(estimate([]) == nil)
    #expect(estimate([(one, 1)]) == nil)
    one[9, .requests] = 5
    #expect(estimate([(one, 1)])?.variance == .infinity)
  }
}

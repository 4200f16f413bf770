import Statistics
import Testing

/// Harm that is really there, at 100 requests a second.
@Suite struct PowerTests {
  struct Harm: Sendable, CustomTestStringConvertible {
    let name: String
    let unified: SimulatedService.Path
    let measure: Measure
    var share = 0.1
    /// Requests between two looks.
    let step: Int
    /// Requests within which it has to be found.
    let limit: Int
    let runs: Int
    var testDescription: String { name }
  }

  static let harms: [Harm] = [
    Harm(
      name: "1 point more errors", unified: .init(moreErrors: 0.01), measure: .errorRate, step: 2_000,
      limit: 80_000, runs: 20),
    Harm(
      name: "100 ms more for 10 % of the requests", unified: .init(delayed: 0.1, delayNanoseconds: 1e8),
      measure: .slowRequests, step: 2_000, limit: 80_000, runs: 20),
    Harm(
      name: "p99 alone: 2 s more for 1 % of the requests", unified: .init(delayed: 0.01, delayNanoseconds: 2e9),
      measure: .slowestRequests, step: 2_000, limit: 400_000, runs: 20),
    Harm(
      name: "150 ms more for everybody", unified: .init(delayed: 1, delayNanoseconds: 1.5e8), measure: .meanLatency,
      step: 1_000, limit: 20_000, runs: 20),
    Harm(
      name: "half of the conversations", unified: .init(createdRate: 0.025), measure: .conversationsCreated,
      step: 2_000, limit: 80_000, runs: 20),
  ]

  @Test("Harm at 10 % of the traffic is found", arguments: harms)
  func found(harm: Harm) {
    var times: [Int] = []
    for run in 0..<harm.runs {
      var service = SimulatedService(share: harm.share, unified: harm.unified, seed: 100 + UInt64(run))
      var isFound = false
      while !isFound, service.requests < harm.limit {
        service.send(harm.step)
        isFound = service.comparison.assessments.contains { $0.measure == harm.measure && $0.verdict == .harmful }
      }
      #expect(isFound, "run \(run): \(service.comparison.assessments)")
      times.append(service.requests)
    }
    print("found \(harm.name): after \(times.sorted()) requests")
  }

  @Test("Equal paths are never harmful, and at most alpha of the runs exclude 0 in any of the five")
  func equalPaths() {
    let runs = 300
    var excluded = 0
    for run in 0..<runs {
      var service = SimulatedService(users: 500, share: run % 2 == 0 ? 0.1 : 0.5, seed: 1_000 + UInt64(run))
      var isExcluded = false
      for _ in 0..<10 {
        service.send(600)
        let comparison = service.comparison
        #expect(comparison.verdict != .harmful, "run \(run)")
        isExcluded = isExcluded || comparison.assessments.contains { ($0.lower ?? -1) > 0 || ($0.upper ?? 1) < 0 }
      }
      excluded += isExcluded ? 1 : 0
    }
    print("A/A of all five: \(excluded) of \(runs)")
    #expect(Double(excluded) <= 15 + 3 * (15 * 0.95).squareRoot())
  }

  @Test("What is called detectable is found in about four of five cases")
  func detectable() throws {
    let runs = 200
    var equal = SimulatedService(share: 0.5, seed: 1)
    equal.send(10_000)
    let detectable = try #require(equal.comparison.assessments[0].detectable)
    let found = (0..<runs).count { run in
      var service = SimulatedService(
        share: 0.5, unified: .init(moreErrors: detectable), seed: 2_000 + UInt64(run))
      service.send(10_000)
      return service.comparison.assessments[0].verdict == .harmful
    }
    print("detectable \(detectable): found \(found) of \(runs)")
    #expect((0.7...0.9).contains(Double(found) / Double(runs)))
  }
}

import Statistics
import Testing

/// Harm that is really there, at 100 requests a second.
@Suite struct PowerTests {
  struct Harm: Sendable, CustomTestStringConvertible {
    let name: String
    let unified: SimulatedService.Path
    let measure: Measure
    let share: Double
    /// Requests between two looks.
    let step: Int
    /// Requests within which it has to be found.
    let limit: Int
    let runs: Int
    var testDescription: String { name }
  }

  static let harms: [Harm] = [
    Harm(
      name: "1 point more errors", unified: .init(errorRate: 0.011), measure: .errorRate, share: 0.1, step: 2_000,
      limit: 80_000, runs: 10),
    Harm(
      name: "100 ms more for 10 % of the requests", unified: .init(delayed: 0.1, delayNanoseconds: 1e8),
      measure: .slowRequests, share: 0.1, step: 2_000, limit: 80_000, runs: 10),
    Harm(
      name: "p99 alone: 2 s more for 1 % of the requests", unified: .init(delayed: 0.01, delayNanoseconds: 2e9),
      measure: .slowRequests, share: 0.1, step: 40_000, limit: 1_600_000, runs: 4),
    Harm(
      name: "150 ms more for everybody", unified: .init(delayed: 1, delayNanoseconds: 1.5e8), measure: .meanLatency,
      share: 0.1, step: 1_000, limit: 20_000, runs: 10),
    Harm(
      name: "half of the conversations", unified: .init(createdRate: 0.025), measure: .conversationsCreated, share: 0.1,
      step: 2_000, limit: 80_000, runs: 10),
  ]

  @Test("Harm at 10 % of the traffic is found", arguments: harms)
  func found(harm: Harm) {
    var times: [Int] = []
    for run in 0..<harm.runs {
      var service = SimulatedService(share: harm.share, unified: harm.unified, seed: 100 + UInt64(run))
      repeat { service.send(harm.step) } while service.comparison.verdict != .harmful && service.requests < harm.limit
      let found = service.comparison.assessments.filter { $0.verdict == .harmful }.map(\.measure)
      #expect(found.contains(harm.measure), "run \(run): \(found)")
      times.append(service.requests)
    }
    print("found \(harm.name): after \(times.sorted()) requests")
  }

  @Test("Equal paths are never harmful, and at most alpha of the runs exclude 0 in any of the four")
  func equalPaths() {
    let runs = 100
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
    print("A/A of all four: \(excluded) of \(runs)")
    #expect(Double(excluded) <= 5 + 3 * (5 * 0.95).squareRoot())
  }

  @Test("Equal paths are found safe, in about the time that was foretold")
  func foundSafe() throws {
    var service = SimulatedService(users: 3_000, share: 0.5, seed: 7)
    // Wide margins, so that it does not take the million requests of the real ones.
    var settings = GuardrailSettings()
    settings.errorMargin = 0.01
    settings.slowMargin = 0.05
    func verdict() -> Comparison {
      Comparison.of(
        strata: [Stratum(share: 0.5, tally: service.tally)], settings: settings,
        elapsedSeconds: Double(service.requests))
    }
    service.send(4_000)
    let early = verdict()
    #expect(early.verdict == .undecided)
    let foretold = try #require(early.assessments.compactMap(\.secondsToVerdict).max())
    repeat { service.send(1_000) } while verdict().verdict == .undecided && service.requests < 200_000
    #expect(verdict().verdict == .safe)
    let took = Double(service.requests - 4_000)
    #expect(took < 4 * foretold && took > foretold / 4, "foretold \(foretold), took \(took)")
  }

  @Test("What is called detectable is found in about four of five cases")
  func detectable() throws {
    let runs = 60
    var equal = SimulatedService(share: 0.5, seed: 1)
    equal.send(10_000)
    let detectable = try #require(equal.comparison.assessments[0].detectable)
    let found = (0..<runs).count { run in
      var service = SimulatedService(
        users: 3_000, share: 0.5, unified: .init(errorRate: 0.001 + detectable), seed: 2_000 + UInt64(run))
      service.send(10_000)
      return service.comparison.assessments[0].verdict == .harmful
    }
    print("detectable \(detectable): found \(found) of \(runs)")
    #expect((0.6...0.97).contains(Double(found) / Double(runs)))
  }
}

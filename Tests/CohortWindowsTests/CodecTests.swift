import Flags
import Statistics
import TestSupport
import Testing

@testable import CohortWindows

@Suite struct CodecTests {
  @Test("A tally comes back as it was, whatever is in it")
  func roundTrip() throws {
    var generator = SeededGenerator(named: "tally round trip")
    for _ in 0..<20 {
      let tally = Counters.random(&generator)
      #expect(try Tally(encoded: tally.encoded) == tally)
      #expect(try LightTally(encoded: LightTally(tally).encoded) == LightTally(tally))
    }
    #expect(try Tally(encoded: Tally().encoded) == Tally())
  }

  @Test("The largest tally there can be is within the limit and comes back")
  func largest() throws {
    var tally = Tally()
    let sums = [UInt64](repeating: .max, count: ClusterTable.clusterCount * ClusterTable.width)
    let counts = [UInt64](repeating: .max, count: HistogramLayout.bucketCount)
    for cohort in [\Tally.legacy, \Tally.unified] {
      tally[keyPath: cohort].clusters = try #require(ClusterTable(sums: sums))
      tally[keyPath: cohort].durations = Histogram(counts: counts, sumNanoseconds: .max)
      tally[keyPath: cohort].leftOut = .max
    }
    for user in 0..<4_096 as Range<UInt32> { tally.users.insert(hash: user &* 1_048_573, cohort: Int(user % 2)) }
    let bytes = tally.encoded
    #expect(bytes.count < Tally.byteLimit)
    #expect(try Tally(encoded: bytes) == tally)
  }

  @Test("A sample of users that is no longer everybody keeps its limit")
  func sampledUsers() throws {
    var tally = Tally()
    var generator = SeededGenerator(named: "sampled users")
    for _ in 0..<10_000 { tally.users.insert(hash: .random(in: 0 ... .max, using: &generator), cohort: 1) }
    #expect(!tally.users.isExact)
    #expect(try Tally(encoded: tally.encoded) == tally)
  }

  @Test("Bytes that were cut short are no tally, wherever they were cut")
  func truncations() throws {
    var generator = SeededGenerator(named: "truncations")
    let bytes = Counters.random(&generator, requests: 60).encoded
    for count in 0..<bytes.count {
      #expect(throws: CodecError.self, "\(count)") { try Tally(encoded: Array(bytes[..<count])) }
    }
    #expect(throws: CodecError.outOfRange) { try Tally(encoded: bytes + [0]) }
  }

  @Test("A window that was cut short, or comes from another version of Turnout, is refused")
  func segments() throws {
    let window = try window()
    let (decoded, _) = try PublishedWindow.decode(window.encoded)
    #expect(decoded == window)
    for count in 0..<window.encoded.count {
      #expect(throws: CodecError.self) { try PublishedWindow.decode(Array(window.encoded[..<count])) }
    }
    for version in [1, 3] as [UInt8] {
      #expect(throws: CodecError.unknownVersion) { try PublishedWindow.decode([version] + window.encoded.dropFirst()) }
    }
    #expect(throws: CodecError.outOfRange) {
      try PublishedWindow.decode([UInt8](repeating: 1, count: PublishedWindow.byteLimit + 1))
    }
  }

  @Test("Any bytes are read without a trap, also those that are almost right")
  func anyBytes() throws {
    var generator = SeededGenerator(named: "any bytes")
    let right = try window().encoded
    for _ in 0..<1_000 {
      let noise = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
        UInt8.random(in: 0 ... .max, using: &generator)
      }
      var mutated = right
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        mutated[Int.random(in: 0..<mutated.count, using: &generator)] = .random(in: 0 ... .max, using: &generator)
      }
      for bytes in [noise, mutated] {
        _ = try? Tally(encoded: bytes)
        _ = try? LightTally(encoded: bytes)
        _ = try? Record(encoded: bytes)
        if let (_, tally) = try? PublishedWindow.decode(bytes) {
          var sum = tally
          sum.merge(tally)
          _ = LightTally(sum)
        }
      }
    }
  }

  @Test("Sparse histograms have the quantiles of whole ones, and add up like them")
  func sparse() {
    var generator = SeededGenerator(named: "sparse histograms")
    var (whole, sparse) = (Histogram(), SparseHistogram())
    for _ in 0..<20 {
      var part = Histogram()
      for _ in 0..<Int.random(in: 0...40, using: &generator) {
        part.record(nanoseconds: .random(in: 0...10_000_000_000, using: &generator))
      }
      whole.merge(part)
      sparse.merge(SparseHistogram(part))
      for q in [0, 0.5, 0.95, 0.99, 1] { #expect(sparse.quantile(q) == whole.quantile(q)) }
    }
    #expect(sparse == SparseHistogram(whole))
  }

  private func window() throws -> PublishedWindow {
    var counters = Counters()
    counters.serve(3, user: 7, unified: true, errors: 1)
    counters.serve(5, user: 9, unified: false)
    let stage = Stage(
      split: Split(Flag(name: flagName, percentage: try Percentage(12.5), salt: "ä", hash: .flagd)), from: midnight,
      revision: 4, isSeen: true)
    return PublishedWindow(stage: stage, from: midnight + 5, milliseconds: 55_000, tally: counters.tally.encoded)
  }
}

package import Statistics

/// The counts that a chart needs: all requests of both cohorts, without clusters and users. Some hundred bytes.
package struct LightTally: Sendable, Equatable {
  package var legacy = LightCohort()
  package var unified = LightCohort()

  package init() {}

  package init(_ tally: Tally) {
    legacy = LightCohort(tally.legacy)
    unified = LightCohort(tally.unified)
  }

  package var isEmpty: Bool { legacy.requests == 0 && unified.requests == 0 }

  mutating func merge(_ other: LightTally) {
    legacy.merge(other.legacy)
    unified.merge(other.unified)
  }

  /// For each cohort: requests, errors, created, durations.
  var encoded: [UInt8] {
    var writer = VarintWriter()
    for cohort in [legacy, unified] {
      writer.put(cohort.requests)
      writer.put(cohort.errors)
      writer.put(cohort.created)
      cohort.durations.put(into: &writer)
    }
    return writer.bytes
  }

  init(encoded bytes: [UInt8]) throws(CodecError) {
    var reader = VarintReader(bytes)
    legacy = try LightCohort(from: &reader)
    unified = try LightCohort(from: &reader)
    guard reader.isAtEnd else { throw .outOfRange }
  }
}

package struct LightCohort: Sendable, Equatable {
  /// Requests and errors include those left out of comparisons.
  package var requests: UInt64 = 0
  package var errors: UInt64 = 0
  package var created: UInt64 = 0
  /// Compared requests only.
  package var durations = SparseHistogram()

  init() {}

  init(_ tally: CohortTally) {
    requests = tally.requests
    errors = tally.errors
    created = tally.clusters.total(.created)
    durations = SparseHistogram(tally.durations)
  }

  fileprivate init(from reader: inout VarintReader) throws(CodecError) {
    requests = try reader.number()
    errors = try reader.number()
    created = try reader.number()
    durations = try SparseHistogram(from: &reader)
  }

  mutating func merge(_ other: LightCohort) {
    requests &+= other.requests
    errors &+= other.errors
    created &+= other.created
    durations.merge(other.durations)
  }
}

/// The non-empty buckets of a histogram: small to store, and a quantile needs only these of the 2,113 buckets.
package struct SparseHistogram: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    var bucket: Int
    var count: UInt64
  }

  /// In the order of buckets, each once, none empty.
  private(set) var entries: [Entry] = []

  package init() {}

  init(_ histogram: Histogram) {
    for (bucket, count) in histogram.counts.enumerated() where count != 0 {
      entries.append(Entry(bucket: bucket, count: count))
    }
  }

  func histogram(sumNanoseconds: UInt64) -> Histogram {
    var counts = [UInt64](repeating: 0, count: HistogramLayout.bucketCount)
    for entry in entries { counts[entry.bucket] = entry.count }
    return Histogram(counts: counts, sumNanoseconds: sumNanoseconds)
  }

  /// In nanoseconds, as `Histogram.quantile`: nearest rank, the middle of its bucket; nil when empty.
  package func quantile(_ q: Double) -> Double? {
    let count = entries.reduce(0) { $0 &+ $1.count }
    let rank = max(1, (q * Double(count)).rounded(.up))
    var seen: UInt64 = 0
    for entry in entries {
      seen &+= entry.count
      if Double(seen) >= rank { return HistogramLayout.midpoint(of: entry.bucket) }
    }
    return entries.last.map { HistogramLayout.midpoint(of: $0.bucket) }
  }

  mutating func merge(_ other: SparseHistogram) {
    guard !other.entries.isEmpty else { return }
    guard !entries.isEmpty else { return entries = other.entries }
    var merged: [Entry] = []
    merged.reserveCapacity(entries.count + other.entries.count)
    var (mine, theirs) = (entries[...], other.entries[...])
    while let one = mine.first, let another = theirs.first {
      if one.bucket <= another.bucket { mine.removeFirst() }
      if another.bucket <= one.bucket { theirs.removeFirst() }
      let count = one.bucket == another.bucket ? one.count &+ another.count : 0
      merged.append(
        count != 0 ? Entry(bucket: one.bucket, count: count) : one.bucket < another.bucket ? one : another)
    }
    entries = merged + mine + theirs
  }

  func put(into writer: inout VarintWriter) {
    writer.put(entries.count)
    var next = 0
    for entry in entries {
      writer.put(entry.bucket - next)
      writer.put(entry.count)
      next = entry.bucket + 1
    }
  }

  init(from reader: inout VarintReader) throws(CodecError) {
    var next = 0
    for _ in 0..<(try reader.number(atMost: HistogramLayout.bucketCount)) {
      let bucket = next + (try reader.number(atMost: HistogramLayout.bucketCount))
      guard bucket < HistogramLayout.bucketCount else { throw .outOfRange }
      let count = try reader.number()
      if count != 0 { entries.append(Entry(bucket: bucket, count: count)) }
      next = bucket + 1
    }
  }
}

import Statistics

/// A histogram as the buckets that are not empty: small to keep, and quantiles are read without the 2113 others.
package struct SparseHistogram: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    var bucket: Int
    var count: UInt64
  }

  /// By bucket, each once, none empty.
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

  /// In nanoseconds, as `Histogram.quantile`: nearest rank, the middle of its bucket; nil when there is nothing.
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

  init(from reader: inout VarintReader) throws(CodecFault) {
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

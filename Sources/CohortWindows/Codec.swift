internal import Flags
internal import Statistics

/// A tally as bytes: the counts that are not 0, in order.
///
///     for legacy, then unified:
///       clusters      count, then for each: gap to the last, a bit for each counter that is not 0, those counters
///       durations     count of buckets, then for each: gap, count; then the sum of nanoseconds
///       left out      requests, errors
///     users           limit, then for each cohort: count, the sorted hashes as gaps
///
/// 600 requests of 100 users take 2 KiB, 6,000 of 1,000 users 14 KiB, 60,000 of 10,000 users 23 KiB, and more traffic
/// hardly more. No tally takes more than `byteLimit`.
extension Tally {
  /// 1,024 clusters of 7 numbers of 10 bytes and 2,113 buckets of 12 bytes, each twice, and 4,096 users of 5 bytes.
  static let byteLimit = 256 << 10

  func put(into writer: inout VarintWriter) {
    legacy.put(into: &writer)
    unified.put(into: &writer)
    users.put(into: &writer)
  }

  init(from reader: inout VarintReader) throws(CodecError) {
    self.init()
    legacy = try CohortTally(from: &reader)
    unified = try CohortTally(from: &reader)
    users = try UserSample(from: &reader)
  }

  var encoded: [UInt8] {
    var writer = VarintWriter()
    put(into: &writer)
    return writer.bytes
  }

  init(encoded bytes: [UInt8]) throws(CodecError) {
    var reader = VarintReader(bytes)
    try self.init(from: &reader)
    guard reader.isAtEnd else { throw .outOfRange }
  }
}

extension CohortTally {
  fileprivate func put(into writer: inout VarintWriter) {
    clusters.put(into: &writer)
    SparseHistogram(durations).put(into: &writer)
    writer.put(durations.sumNanoseconds)
    writer.put(leftOut)
    writer.put(leftOutErrors)
  }

  fileprivate init(from reader: inout VarintReader) throws(CodecError) {
    self.init()
    clusters = try ClusterTable(from: &reader)
    let sparse = try SparseHistogram(from: &reader)
    durations = sparse.histogram(sumNanoseconds: try reader.number())
    leftOut = try reader.number()
    leftOutErrors = try reader.number()
  }
}

extension ClusterTable {
  private static let counters = ClusterCounter.allCases

  fileprivate func put(into writer: inout VarintWriter) {
    var body = VarintWriter()
    var (count, next) = (0, 0)
    for cluster in 0..<Self.clusterCount {
      let record = sums[cluster * Self.width..<(cluster + 1) * Self.width]
      guard record.contains(where: { $0 != 0 }) else { continue }
      body.put(cluster - next)
      var mask: UInt8 = 0
      for (bit, sum) in record.enumerated() where sum != 0 { mask |= 1 << UInt8(bit) }
      body.put(byte: mask)
      for sum in record where sum != 0 { body.put(sum) }
      (count, next) = (count + 1, cluster + 1)
    }
    writer.put(count)
    writer.append(body.bytes)
  }

  fileprivate init(from reader: inout VarintReader) throws(CodecError) {
    var sums = [UInt64](repeating: 0, count: Self.clusterCount * Self.width)
    var next = 0
    for _ in 0..<(try reader.number(atMost: Self.clusterCount)) {
      let cluster = next + (try reader.number(atMost: Self.clusterCount))
      guard cluster < Self.clusterCount else { throw .outOfRange }
      let mask = try reader.byte()
      guard mask >> UInt8(Self.width) == 0 else { throw .outOfRange }
      for bit in 0..<Self.width where mask & 1 << UInt8(bit) != 0 {
        sums[cluster * Self.width + bit] = try reader.number()
      }
      next = cluster + 1
    }
    guard let table = ClusterTable(sums: sums) else { throw .outOfRange }
    self = table
  }
}

extension UserSample {
  fileprivate func put(into writer: inout VarintWriter) {
    writer.put(limit)
    for hashes in hashes {
      writer.put(hashes.count)
      var last: UInt32 = 0
      for hash in hashes.sorted() {
        writer.put(UInt64(hash - last))
        last = hash
      }
    }
  }

  fileprivate init(from reader: inout VarintReader) throws(CodecError) {
    let limit = try reader.number()
    guard (1...Self.fullLimit).contains(limit) else { throw .outOfRange }
    self.init(limit: limit)
    for cohort in hashes.indices {
      var hash: UInt64 = 0
      for _ in 0..<(try reader.number(atMost: Self.decodedLimit)) {
        hash += UInt64(try reader.number(atMost: Int(UInt32.max)))
        guard hash <= UInt64(UInt32.max) else { throw .outOfRange }
        insert(hash: UInt32(hash), cohort: cohort)
      }
    }
  }

  /// The most hashes of one cohort that are read; a sample holds 4,096.
  private static let decodedLimit = 65_536
}

extension Split {
  private static let saltLimit = 1_024

  func put(into writer: inout VarintWriter) {
    writer.put(isEnabled)
    writer.put(percentage.threshold)
    writer.put(hash.rawValue)
    writer.put(salt)
  }

  init(from reader: inout VarintReader) throws(CodecError) {
    let isEnabled = try reader.flag()
    guard let percentage = Percentage(threshold: try reader.number(atMost: Percentage.bucketCount)),
      let hash = HashScheme(rawValue: try reader.text(atMost: 64))
    else { throw .outOfRange }
    self.init(
      isEnabled: isEnabled, percentage: percentage, salt: try reader.text(atMost: Self.saltLimit), hash: hash)
  }
}

extension Stage {
  func put(into writer: inout VarintWriter) {
    split.put(into: &writer)
    writer.put(from)
    writer.put(revision)
    writer.put(isSeen)
  }

  init(from reader: inout VarintReader) throws(CodecError) {
    let split = try Split(from: &reader)
    let from = try reader.number(atMost: ClockReading.limit)
    self.init(split: split, from: from, revision: try reader.number(atMost: .max), isSeen: try reader.flag())
  }
}

extension Mark {
  private static let noteLimit = 4_096

  func put(into writer: inout VarintWriter) {
    writer.put(at)
    writer.put(revision)
    writer.put(isEnabled)
    writer.put(percentage.threshold)
    writer.put(by)
    writer.put(reason)
    writer.put(isLocal)
  }

  init(from reader: inout VarintReader) throws(CodecError) {
    let at = try reader.number(atMost: ClockReading.limit)
    let revision = try reader.number(atMost: .max)
    let isEnabled = try reader.flag()
    guard let percentage = Percentage(threshold: try reader.number(atMost: Percentage.bucketCount)) else {
      throw .outOfRange
    }
    self.init(
      at: at, revision: revision, isEnabled: isEnabled, percentage: percentage,
      by: try reader.optionalText(atMost: Self.noteLimit), reason: try reader.optionalText(atMost: Self.noteLimit),
      isLocal: try reader.flag())
  }
}

/// How durations are sorted into buckets: one fixed layout for every histogram, so that any two can be merged by adding.
///
///     nanoseconds      buckets          width of one
///     0 ..< 2^10       0 ..< 64         16
///     2^k ..< 2^(k+1)  64 of them       2^k / 64, for k = 10 ... 41
///     2^42 and more    the last         without end (2^42 ns are 73 minutes)
///
/// A duration is reported as the middle of its bucket. That is at most 1/128 = 0.78 % off from 1024 ns up, at most
/// 0.8 % off from 1000 ns up, and at most 8 ns off below.
@usableFromInline
package enum HistogramLayout {
  /// 64 linear, 32 powers of two of 64 each, one for the rest.
  package static var bucketCount: Int { 2113 }

  /// The first duration, in nanoseconds, that falls into the last bucket.
  package static var limitNanoseconds: UInt64 { 1 << 42 }

  /// The bucket of a duration, in `0 ..< bucketCount`. A dozen instructions, no table, no branch.
  @_noLocks @inlinable @inline(__always)
  package static func bucket(nanoseconds: UInt64) -> Int {
    let clamped = min(nanoseconds, 1 << 42)
    // Below 2^10 the buckets are as wide as those of the first power of two.
    let exponent = 63 &- (clamped | 1 << 10).leadingZeroBitCount
    return (exponent &- 10) &* 64 &+ Int(truncatingIfNeeded: clamped &>> UInt64(exponent &- 6))
  }

  /// What falls into `bucket`: `lower` nanoseconds and more, less than `upper`. The last bucket has no end.
  package static func bounds(of bucket: Int) -> (lower: UInt64, upper: UInt64) {
    precondition(0..<bucketCount ~= bucket)
    let lower = lowerBound(of: bucket)
    return (lower, bucket == bucketCount - 1 ? .max : lowerBound(of: bucket + 1))
  }

  /// What is reported for a duration in `bucket`, in nanoseconds: its middle, and for the last one its lower bound.
  package static func midpoint(of bucket: Int) -> Double {
    let (lower, upper) = bounds(of: bucket)
    return upper == .max ? Double(lower) : Double(lower + upper) / 2
  }

  private static func lowerBound(of bucket: Int) -> UInt64 {
    guard bucket >= 64 else { return UInt64(bucket) * 16 }
    return UInt64(64 + bucket % 64) << UInt64(bucket / 64 + 3)
  }
}

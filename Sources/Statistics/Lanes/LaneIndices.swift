/// Where each counter stands in a worker's lane: numbers only, so that a worker keeps a copy and asks it on the hot path
/// without a reference count.
///
///     group 0, legacy    24 counters, 3 cache lines; the first is the hot one
///     group 0, unified   24
///     group 1, ...
///     worker             16 counters, 2 cache lines; 9 are in use
///     local responses    one for each kind
///     (next page)
///     group 0, legacy    2113 buckets, rounded up to 5 pages, of the times to the first byte; the same of the durations
///                        of compared requests; the same of those left out
///     group 0, unified   ...
///     flag 0, legacy     1024 clusters of 8 words, a cache line each: 16 pages
///     flag 0, unified    ...
///     (up to here the lanes of several workers are added up)
///     flag 0             two tables of users (`UserTableLayout`), 5 pages each
///
/// A group is a flag, by its index, and after the last flag one more for the routes with a fixed cohort. Cohort 0 is
/// legacy and 1 is unified. In a lane that starts at a page boundary, cohorts share no cache line, histograms and clusters
/// share no page, and pages that are never used are never touched.
///
/// The functions do not check their arguments: the lane checks every index.
@usableFromInline
package struct LaneIndices: Sendable, Equatable {
  /// Flags, and the group of the routes with a fixed cohort.
  package let groupCount: Int
  /// The first of the `WorkerCounter`s; add the counter's index.
  @usableFromInline
  package let workerBase: Int
  /// The first local response; add its number.
  @usableFromInline
  package let localResponseBase: Int
  /// The first histogram; a page boundary.
  @usableFromInline
  package let histogramBase: Int
  /// The first cluster; a page boundary.
  @usableFromInline
  package let clusterBase: Int
  /// The first table of users; a page boundary. Everything before it is a counter.
  @usableFromInline
  package let userBase: Int
  /// Words in a lane.
  package let wordCount: Int

  /// 23 counters in whole cache lines of 8.
  @inlinable
  package static var cohortStride: Int { 24 }
  /// 9 counters in whole cache lines of 8.
  private static var workerStride: Int { 16 }
  /// Counters in a page of 4 KiB.
  private static var pageStride: Int { 512 }
  /// 2113 buckets in whole pages.
  @inlinable
  package static var histogramStride: Int { 2560 }
  /// First byte, compared, left out.
  @inlinable
  package static var histogramsPerCohort: Int { 3 }
  /// Words of a cluster: one cache line.
  @inlinable
  package static var clusterStride: Int { 8 }
  /// The counters of one flag and cohort.
  @inlinable
  package static var clustersStride: Int { 8_192 }

  package init(flagCount: Int, localResponseCount: Int) {
    groupCount = flagCount + 1
    workerBase = groupCount * 2 * Self.cohortStride
    localResponseBase = workerBase + Self.workerStride
    let pages = (localResponseBase + localResponseCount + Self.pageStride - 1) / Self.pageStride
    histogramBase = pages * Self.pageStride
    clusterBase = histogramBase + groupCount * 2 * Self.histogramsPerCohort * Self.histogramStride
    userBase = clusterBase + flagCount * 2 * Self.clustersStride
    wordCount = userBase + flagCount * 2 * UserTableLayout.stride
  }

  /// Words that several lanes may be added up in; the tables of users stand behind them.
  package var counterCount: Int { userBase }

  /// The group of the routes with a fixed cohort.
  package var fixedGroup: Int { groupCount - 1 }

  /// The first of the `CohortCounter`s; add the counter's index.
  @_noLocks @inlinable @inline(__always)
  package func cohortBase(group: Int, cohort: Int) -> Int {
    (group &* 2 &+ cohort) &* Self.cohortStride
  }

  /// The first bucket of the times to the first byte; add `HistogramLayout.bucket(nanoseconds:)`.
  @_noLocks @inlinable @inline(__always)
  package func firstByteHistogramBase(group: Int, cohort: Int) -> Int {
    histogramBase &+ (group &* 2 &+ cohort) &* (Self.histogramsPerCohort &* Self.histogramStride)
  }

  /// The first bucket of the durations of the compared requests; add `HistogramLayout.bucket(nanoseconds:)`.
  @_noLocks @inlinable @inline(__always)
  package func comparedHistogramBase(group: Int, cohort: Int) -> Int {
    firstByteHistogramBase(group: group, cohort: cohort) &+ Self.histogramStride
  }

  /// The first bucket of the durations of the requests left out; add `HistogramLayout.bucket(nanoseconds:)`.
  @_noLocks @inlinable @inline(__always)
  package func leftOutHistogramBase(group: Int, cohort: Int) -> Int {
    firstByteHistogramBase(group: group, cohort: cohort) &+ 2 &* Self.histogramStride
  }

  /// The first `ClusterCounter` of the cluster of users with that hash; add the counter's index.
  @_noLocks @inlinable @inline(__always)
  package func clusterBase(flag: Int, cohort: Int, hash: UInt32) -> Int {
    let cluster = Int(hash & 1_023)
    return clusterBase &+ (flag &* 2 &+ cohort) &* Self.clustersStride &+ cluster &* Self.clusterStride
  }

  /// The first word of the table of users that is in use in epochs with that parity.
  @_noLocks @inlinable @inline(__always)
  package func userTableBase(flag: Int, epoch: UInt64) -> Int {
    userBase &+ (flag &* 2 &+ Int(epoch & 1)) &* UserTableLayout.stride
  }
}

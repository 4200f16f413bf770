/// Where each counter stands in a worker's lane: numbers only, so that a worker keeps a copy and asks it on the hot path
/// without a reference count.
///
///     group 0, legacy    24 counters, 3 cache lines; the first is the hot one
///     group 0, unified   24
///     group 1, ...
///     worker             16 counters, 2 cache lines; 9 are in use
///     own answers        one for each kind
///     (next page)
///     group 0, legacy    first byte: 2113 buckets, rounded up to 5 pages; total: the same
///     group 0, unified   ...
///
/// A group is a flag, by its index, and after the last flag one more for the routes with a fixed cohort. Cohort 0 is
/// legacy and 1 is unified. In a lane that starts at a page boundary, cohorts share no cache line, histograms share no
/// page, and pages of durations that never occur are never touched.
///
/// The functions do not check their arguments: the lane checks every index.
@usableFromInline
package struct LaneIndices: Sendable, Equatable {
  /// Flags, and the group of the routes with a fixed cohort.
  package let groupCount: Int
  /// The first of the `WorkerCounter`s; add the counter's index.
  @usableFromInline
  package let workerBase: Int
  /// The first own answer; add its number.
  @usableFromInline
  package let ownAnswerBase: Int
  /// The first histogram; a page boundary.
  @usableFromInline
  package let histogramBase: Int
  /// Counters in a lane.
  package let counterCount: Int

  /// 18 counters in whole cache lines of 8.
  @inlinable
  package static var cohortStride: Int { 24 }
  /// 9 counters in whole cache lines of 8.
  private static var workerStride: Int { 16 }
  /// Counters in a page of 4 KiB.
  private static var pageStride: Int { 512 }
  /// 2113 buckets in whole pages.
  @inlinable
  package static var histogramStride: Int { 2560 }

  package init(flagCount: Int, ownAnswerCount: Int) {
    groupCount = flagCount + 1
    workerBase = groupCount * 2 * Self.cohortStride
    ownAnswerBase = workerBase + Self.workerStride
    let pages = (ownAnswerBase + ownAnswerCount + Self.pageStride - 1) / Self.pageStride
    histogramBase = pages * Self.pageStride
    counterCount = histogramBase + groupCount * 2 * 2 * Self.histogramStride
  }

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
    histogramBase &+ (group &* 2 &+ cohort) &* (2 &* Self.histogramStride)
  }

  /// The first bucket of the total times; add `HistogramLayout.bucket(nanoseconds:)`.
  @_noLocks @inlinable @inline(__always)
  package func totalHistogramBase(group: Int, cohort: Int) -> Int {
    firstByteHistogramBase(group: group, cohort: cohort) &+ Self.histogramStride
  }
}

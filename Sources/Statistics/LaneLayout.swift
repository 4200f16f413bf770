/// Where each counter stands in a worker's lane. The worker writes by it and the control plane reads by it.
///
///     group 0, legacy    24 counters, 3 cache lines; the first is the hot one
///     group 0, unified   24
///     group 1, ...
///     worker             8 counters, 1 cache line
///     own answers        rounded up to whole cache lines
///     (next page)
///     group 0, legacy    first byte: 2113 buckets, rounded up to 5 pages; total: the same
///     group 0, unified   ...
///
/// A group is a flag, by its index, and after the last flag one more for the routes with a fixed cohort. Cohort 0 is
/// legacy and 1 is unified. In a lane that starts at a page boundary, cohorts share no cache line, histograms share no
/// page, and pages of durations that never occur are never touched.
///
/// The index functions are arithmetic on stored numbers. They do not check their arguments: the lane checks every index.
package struct LaneLayout: Sendable, Equatable {
  /// In the order of their numbers, each once.
  package let flags: [String]
  /// In the order of their numbers, each once.
  package let ownAnswers: [OwnAnswerLabel]
  /// The first of the `WorkerCounter`s; add the raw value.
  package let workerBase: Int
  /// The first own answer; add its index in `ownAnswers`.
  package let ownAnswerBase: Int
  /// Counters in a lane.
  package let counterCount: Int
  private let histogramBase: Int

  private static var countersPerCacheLine: Int { 8 }
  private static var countersPerPage: Int { 512 }
  /// 18 counters in whole cache lines.
  private static var cohortStride: Int { 24 }
  /// 2113 buckets in whole pages.
  private static var histogramStride: Int { 2560 }

  package init(flags: [String], ownAnswers: [OwnAnswerLabel]) {
    self.flags = flags
    self.ownAnswers = ownAnswers
    let blocks = (flags.count + 1) * 2
    workerBase = blocks * Self.cohortStride
    ownAnswerBase = workerBase + Self.roundedUp(WorkerCounter.allCases.count, to: Self.countersPerCacheLine)
    histogramBase = Self.roundedUp(ownAnswerBase + ownAnswers.count, to: Self.countersPerPage)
    counterCount = histogramBase + blocks * 2 * Self.histogramStride
  }

  /// Flags, and the group of the routes with a fixed cohort.
  package var groupCount: Int { flags.count + 1 }

  /// The group of the routes with a fixed cohort.
  package var fixedGroup: Int { flags.count }

  /// The first of the `CohortCounter`s; add the raw value.
  @_noLocks @inline(__always)
  package func cohortBase(group: Int, cohort: Int) -> Int {
    (group &* 2 &+ cohort) &* Self.cohortStride
  }

  /// The first bucket of the times to the first byte; add `HistogramLayout.bucket(nanoseconds:)`.
  @_noLocks @inline(__always)
  package func firstByteHistogramBase(group: Int, cohort: Int) -> Int {
    histogramBase &+ (group &* 2 &+ cohort) &* (2 &* Self.histogramStride)
  }

  /// The first bucket of the total times; add `HistogramLayout.bucket(nanoseconds:)`.
  @_noLocks @inline(__always)
  package func totalHistogramBase(group: Int, cohort: Int) -> Int {
    firstByteHistogramBase(group: group, cohort: cohort) &+ Self.histogramStride
  }

  /// What people call a group: the flag's name, and `none` for the routes with a fixed cohort; in parentheses where a
  /// flag has that very name.
  package func label(ofGroup group: Int) -> String {
    guard group == fixedGroup else { return flags[group] }
    var label = "none"
    while flags.contains(label) { label = "(\(label))" }
    return label
  }

  private static func roundedUp(_ count: Int, to unit: Int) -> Int { (count + unit - 1) / unit * unit }
}

package import Statistics

/// What a chart needs of a window: all requests of both cohorts, without clusters and users. Some hundred bytes.
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

  /// For each cohort: requests, errors, created, the durations.
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

  init(encoded bytes: [UInt8]) throws(CodecFault) {
    var reader = VarintReader(bytes)
    legacy = try LightCohort(from: &reader)
    unified = try LightCohort(from: &reader)
    guard reader.isAtEnd else { throw .outOfRange }
  }
}

package struct LightCohort: Sendable, Equatable {
  /// Compared and left out, as are the errors.
  package var requests: UInt64 = 0
  package var errors: UInt64 = 0
  package var created: UInt64 = 0
  /// Of the compared requests.
  package var durations = SparseHistogram()

  init() {}

  init(_ tally: CohortTally) {
    requests = tally.requests
    errors = tally.errors
    created = tally.clusters.total(.created)
    durations = SparseHistogram(tally.durations)
  }

  fileprivate init(from reader: inout VarintReader) throws(CodecFault) {
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

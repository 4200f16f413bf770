internal import Flags

/// What a flag is for one user, in the words of OFREP (OpenFeature Remote Evaluation Protocol 0.3).
struct FlagEvaluation: Encodable, Equatable {
  struct Metadata: Encodable, Equatable {
    /// 0 to 99 999.
    var bucket: Int
    var cohort: String
    /// Of the flags in force.
    var generation: UInt64
    /// 0 to 100, as stored: a killed flag keeps it.
    var percentage: Double
    var revision: Int
  }

  var key: String
  /// Whether the user is in unified.
  var value: Bool
  var reason: String
  /// The cohort.
  var variant: String
  var metadata: Metadata

  /// By the very decision that a worker makes for this user.
  init(_ snapshot: FlagSnapshot, flag index: Int, user: String) {
    let flag = snapshot.flags[index]
    let bytes = Array(user.utf8)
    let decision = unsafe snapshot.decide(flag: index, user: bytes.span.bytes)
    key = flag.name
    value = decision.cohort == .unified
    reason = Self.reason(decision.reason, flag.percentage)
    variant = decision.cohort.description
    metadata = Metadata(
      bucket: Int(decision.bucket), cohort: decision.cohort.description, generation: snapshot.generation,
      percentage: flag.percentage.number, revision: flag.revision)
  }

  /// The resolution reasons of OpenFeature (specification, types).
  private static func reason(_ reason: DecisionReason, _ percentage: Percentage) -> String {
    switch reason {
    case .disabled: "DISABLED"
    case .denied, .allowed: "TARGETING_MATCH"
    case .bucketBelow, .bucketAbove: percentage == .zero || percentage == .full ? "STATIC" : "SPLIT"
    case .anonymous, .anonymousAtFull: "DEFAULT"
    }
  }
}

/// The answer about all flags.
struct BulkEvaluation: Encodable {
  struct Metadata: Encodable {
    var generation: UInt64
  }

  var flags: [FlagEvaluation]
  var metadata: Metadata

  init(_ snapshot: FlagSnapshot, user: String) {
    flags = snapshot.flags.indices.map { FlagEvaluation(snapshot, flag: $0, user: user) }
    metadata = Metadata(generation: snapshot.generation)
  }
}

/// An answer that is no evaluation.
struct EvaluationFailure: Encodable {
  /// The flag; nil where all were asked for.
  var key: String?
  var errorCode: String
  var errorDetails: String
}

/// Which way one user goes, and why.
public struct Decision: Sendable, Equatable {
  public let cohort: Cohort
  public let reason: DecisionReason
  /// 0 ..< 100 000, with every scheme and also where something else decided; -1 for a user without a key, who has none.
  public let bucket: Int32

  @_noLocks @inline(__always)
  public init(cohort: Cohort, reason: DecisionReason, bucket: Int32) {
    self.cohort = cohort
    self.reason = reason
    self.bucket = bucket
  }

  /// One sentence with the figures, for a person who asks why: "bucket 14569 is below 50 % (50000)".
  public func sentence(for flag: Flag) -> String {
    switch reason {
    case .bucketBelow, .bucketAbove: comparison(flag)
    case .disabled, .denied, .allowed, .anonymous, .anonymousAtFull: reason.sentence
    }
  }

  /// In the words of the flag's scheme.
  private func comparison(_ flag: Flag) -> String {
    let isBelow = reason == .bucketBelow
    let threshold = flag.percentage.threshold
    let ending = " is \(isBelow ? "" : "not ")below \(flag.percentage) % (\(threshold))"
    switch flag.hash {
    case .turnout, .flagd, .launchdarkly, .splitClients: return "bucket \(bucket)" + ending
    case .unleash: return "bucket \(bucket), which is \(bucket / 1_000 + 1) of 100," + ending
    case .growthbook:
      guard threshold > 0 else { return "coverage 0 takes nobody in" }
      let number = ((Int(bucket) + 1) / 10).decimal(places: 4)
      return "n \(number) \(isBelow ? "<=" : ">") coverage \(threshold.decimal(places: 5))"
    }
  }
}

/// What decided. The order of the cases is the order of the questions.
public enum DecisionReason: UInt8, Sendable, CaseIterable {
  /// The flag is off: `legacy` for everyone.
  case disabled = 0
  /// `deny` names the user: `legacy`.
  case denied = 1
  /// `allow` names the user: `unified`.
  case allowed = 2
  /// The bucket is below the threshold: `unified`.
  case bucketBelow = 3
  /// The bucket is not below the threshold: `legacy`.
  case bucketAbove = 4
  /// No user key, and the flag is below 100 %: `legacy`.
  case anonymous = 5
  /// No user key, and the flag is at 100 %: `unified`.
  case anonymousAtFull = 6
}

extension DecisionReason: CustomStringConvertible {
  /// A word for programs. It never changes.
  public var description: String {
    switch self {
    case .disabled: "disabled"
    case .denied: "denied"
    case .allowed: "allowed"
    case .bucketBelow: "bucket-below"
    case .bucketAbove: "bucket-above"
    case .anonymous: "anonymous"
    case .anonymousAtFull: "anonymous-at-full"
    }
  }

  /// The same for people, without figures.
  public var sentence: String {
    switch self {
    case .disabled: "the flag is disabled, so everyone goes to legacy"
    case .denied: "the user is in the deny list"
    case .allowed: "the user is in the allow list"
    case .bucketBelow: "the user's bucket is below the percentage"
    case .bucketAbove: "the user's bucket is not below the percentage"
    case .anonymous: "there is no user key, and the flag is below 100 %"
    case .anonymousAtFull: "there is no user key, and the flag is at 100 %"
    }
  }
}

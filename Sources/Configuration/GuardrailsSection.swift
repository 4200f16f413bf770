import Flags
package import Statistics
import YAML

/// The keys of `guardrails` that are shares, one line each. Reading and the tests of the documentation use this table.
package struct ShareField: Sendable {
  package let key: String
  package let value: any WritableKeyPath<GuardrailSettings, Double> & Sendable
  /// In thousandths of a percent.
  package let range: ClosedRange<Int>

  package static let all: [ShareField] = [
    ShareField(key: "alpha", value: \.alpha, range: 100...50_000),
    ShareField(key: "error_margin", value: \.errorMargin, range: 0...100_000),
    ShareField(key: "slow_margin", value: \.slowMargin, range: 0...100_000),
    ShareField(key: "slowest_margin", value: \.slowestMargin, range: 0...100_000),
    ShareField(key: "created_margin", value: \.createdMargin, range: 0...100_000),
  ]

  /// The value as a percentage.
  package func text(in settings: GuardrailSettings) -> String { Self.text(settings[keyPath: value]) }

  package var rangeText: String {
    "\(Self.text(Double(range.lowerBound) / 100_000)) to \(Self.text(Double(range.upperBound) / 100_000))"
  }

  private static func text(_ share: Double) -> String {
    Percentage(threshold: Int((share * 100_000).rounded())).map { "\($0)%" } ?? "\(share)"
  }

  /// A percentage with its sign: without it, 0.1 could mean a tenth.
  var scalar: Scalar<Double> {
    let range = range
    return Scalar(
      "a percentage from \(rangeText) with its sign, such as 0.1%",
      hint: { PercentageText.parse($0) != nil && !$0.hasSuffix("%") ? "the sign is missing" : nil },
      parse: { text in
        guard text.hasSuffix("%"), let percentage = PercentageText.parse(text), range.contains(percentage.threshold)
        else {
          return nil
        }
        return Double(percentage.threshold) / Double(Percentage.bucketCount)
      })
  }
}

extension DocumentReader {
  static let meanLatencyKey = "mean_latency_margin"
  static let minimumRequestsKey = "minimum_requests"
  static let guardrailKeys = ShareField.all.map(\.key) + [meanLatencyKey, minimumRequestsKey]

  mutating func readGuardrails(_ top: Section, into settings: inout GuardrailSettings) {
    guard let section = section(top.values["guardrails"], at: "guardrails", known: Self.guardrailKeys) else { return }
    for field in ShareField.all {
      read(field.key, of: section, as: field.scalar, into: &settings[keyPath: field.value])
    }
    var margin = UInt64(settings.meanLatencyMargin)
    read(Self.meanLatencyKey, of: section, as: .duration(Ranges.latencyMargin), into: &margin)
    settings.meanLatencyMargin = Double(margin)
    var requests = Int(settings.minimumRequests)
    read(Self.minimumRequestsKey, of: section, as: .integer(Ranges.minimumRequests), into: &requests)
    settings.minimumRequests = UInt64(requests)
  }
}

/// Samples of one name, to be shown to Prometheus. The name and the labels' names come from the program, never from the
/// network: `[a-zA-Z_][a-zA-Z0-9_]*`. Help texts and label values may hold anything.
package struct MetricFamily: Sendable, Equatable {
  package enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  /// With its unit, in base units; a counter's ends with `_total`.
  package let name: String
  /// One sentence.
  package let help: String
  package let kind: Kind
  package var samples: [MetricSample]

  package init(_ name: String, _ kind: Kind, help: String, samples: [MetricSample]) {
    self.name = name
    self.help = help
    self.kind = kind
    self.samples = samples
  }

  /// A family with a single sample that has no label.
  package init(_ name: String, _ kind: Kind, help: String, value: MetricValue) {
    self.init(name, kind, help: help, samples: [MetricSample(value)])
  }
}

/// One line of the text.
package struct MetricSample: Sendable, Equatable {
  /// What a histogram's sample adds to the family's name: `_bucket`, `_sum` or `_count`. Else empty.
  package let suffix: String
  package let labels: [MetricLabel]
  package let value: MetricValue

  package init(_ value: MetricValue, labels: [MetricLabel] = [], suffix: String = "") {
    self.value = value
    self.labels = labels
    self.suffix = suffix
  }
}

package struct MetricLabel: Sendable, Equatable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

package enum MetricValue: Sendable, Equatable {
  /// Exact here; Prometheus itself keeps 53 bits of it.
  case integer(UInt64)
  case decimal(Double)

  package static func bool(_ value: Bool) -> MetricValue { .integer(value ? 1 : 0) }
}

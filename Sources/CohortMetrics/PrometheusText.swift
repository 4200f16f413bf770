/// The text format of Prometheus, version 0.0.4
/// (prometheus.io/docs/instrumenting/exposition_formats, "Text-based format").
package enum PrometheusText {
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  package static func encode(_ families: [MetricFamily]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(32_768)
    for family in families { append(family, to: &text) }
    return text
  }

  private static func append(_ family: MetricFamily, to text: inout [UInt8]) {
    text += "# HELP \(family.name) ".utf8
    appendEscaped(family.help, quotes: false, to: &text)
    text += "\n# TYPE \(family.name) \(family.kind.rawValue)\n".utf8
    for sample in family.samples {
      text += family.name.utf8
      text += sample.suffix.utf8
      append(sample.labels, to: &text)
      text += " \(sample.value.text)\n".utf8
    }
  }

  private static func append(_ labels: [MetricLabel], to text: inout [UInt8]) {
    guard !labels.isEmpty else { return }
    var separator = UInt8(ascii: "{")
    for label in labels {
      text.append(separator)
      text += "\(label.name)=\"".utf8
      appendEscaped(label.value, quotes: true, to: &text)
      text.append(UInt8(ascii: "\""))
      separator = UInt8(ascii: ",")
    }
    text.append(UInt8(ascii: "}"))
  }

  /// Escapes backslashes and line feeds everywhere, quotation marks in label values only.
  private static func appendEscaped(_ value: String, quotes: Bool, to text: inout [UInt8]) {
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): text += "\\\\".utf8
      case UInt8(ascii: "\n"): text += "\\n".utf8
      case UInt8(ascii: "\"") where quotes: text += "\\\"".utf8
      default: text.append(byte)
      }
    }
  }
}

extension MetricValue {
  /// As Go's `ParseFloat` reads it; the format requires that.
  fileprivate var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .decimal(let value) where value.isNaN: "NaN"
    case .decimal(let value) where value.isInfinite: value < 0 ? "-Inf" : "+Inf"
    case .decimal(let value): "\(value)"
    }
  }
}

/// All samples of one metric. The program chooses the names of metric and labels (`[a-zA-Z_][a-zA-Z0-9_]*`), never the
/// network. Help texts and label values may hold anything.
package struct MetricFamily: Sendable, Equatable {
  package enum Kind: String, Sendable {
    case counter, gauge, histogram
  }

  /// Ends with its base unit; that of a counter ends with `_total`.
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

  /// A single sample without labels.
  package init(_ name: String, _ kind: Kind, help: String, value: MetricValue) {
    self.init(name, kind, help: help, samples: [MetricSample(value)])
  }
}

/// One line of the text.
package struct MetricSample: Sendable, Equatable {
  /// A histogram appends `_bucket`, `_sum` or `_count` to the family's name; otherwise empty.
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
  /// Written exactly; Prometheus keeps 53 bits of it.
  case integer(UInt64)
  case decimal(Double)

  package static func bool(_ value: Bool) -> MetricValue { .integer(value ? 1 : 0) }
}

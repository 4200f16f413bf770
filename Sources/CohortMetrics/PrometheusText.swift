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

  /// A backslash and a line feed are escaped everywhere, a quotation mark only in label values.
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
  /// As Go's `ParseFloat` reads it, which is what the format asks for.
  fileprivate var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .decimal(let value) where value.isNaN: "NaN"
    case .decimal(let value) where value.isInfinite: value < 0 ? "-Inf" : "+Inf"
    case .decimal(let value): "\(value)"
    }
  }
}

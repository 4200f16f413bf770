internal import FoundationEssentials

/// JSON as this program writes it. Members are sorted by name, so that two texts can be compared.
package enum JSONText {
  /// The value on one line, without a line end. Strings, whole numbers and finite decimals can always be encoded; a value
  /// with anything else becomes `{}`.
  package static func line(_ value: some Encodable) -> String { (try? text(of: value, [])) ?? "{}" }

  /// The value on one line with a line end, as the body of a response.
  package static func body(_ value: some Encodable) -> [UInt8] { Array((line(value) + "\n").utf8) }

  /// The value for people: one member to a line, indented by two spaces, without a line end.
  package static func indented(_ value: some Encodable) throws -> String { try text(of: value, .prettyPrinted) }

  private static func text(of value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The text as a JSON string (RFC 8259 section 7): quotes, backslash and control characters escaped, everything else
  /// as it is.
  ///
  /// - Parameter limit: in Unicode scalars; a longer text is cut and ends with `...`, for messages.
  package static func quoted(_ text: String, limit: Int = .max) -> String {
    var result = "\""
    for scalar in text.unicodeScalars.prefix(limit) {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + (text.unicodeScalars.count > limit ? "...\"" : "\"")
  }
}

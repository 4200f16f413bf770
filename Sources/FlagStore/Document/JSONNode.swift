/// One JSON value (RFC 8259) and where it stands in the text, so that a fault can name its line and an untouched value
/// can be written back as it was.
package struct JSONNode: Sendable {
  package var value: JSONValue
  /// Byte offsets in the text.
  var range: Range<Int>
}

/// Numbers stay text until somebody knows what they are for; members stay in order, duplicates and all.
package enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONNode])
  case object([JSONMember])

  /// What a person calls it: "the number 10", "a list".
  var found: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let text): text
    case .string(let text): "the text \(JSONText.quoted(text, limit: 40))"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

package struct JSONMember: Sendable {
  package var name: String
  var nameRange: Range<Int>
  package var node: JSONNode
}

/// What is wrong at one byte of a text.
package struct JSONFault: Error {
  var offset: Int
  package var found: String
  package var expected: String
  var advice: String

  /// Of a value that is not the one that a caller expected.
  package init(found: String, expected: String) {
    self.init(offset: 0, found: found, expected: expected, advice: "")
  }

  init(offset: Int, found: String, expected: String, advice: String) {
    self.offset = offset
    self.found = found
    self.expected = expected
    self.advice = advice
  }
}

enum JSONText {
  /// The text as a JSON string: quotes, backslash and control characters escaped, all else as it is. With a `limit` of
  /// characters a longer text is cut, for messages.
  static func quoted(_ text: String, limit: Int = .max) -> String {
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

  /// Line and column of a byte offset, both from 1; the column counts Unicode scalars. The bytes are UTF-8 up to there.
  static func position(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
    let before = bytes.prefix(max(offset, 0))
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    // A continuation byte of UTF-8 is 0b10xxxxxx.
    let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
    return (line, column)
  }
}

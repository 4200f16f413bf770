internal import FoundationEssentials

/// The members of a JSON object in order, each value in its original bytes, so that members of other applications stay
/// unchanged.
package struct JSONObject: Sendable, Equatable {
  package struct Member: Sendable, Equatable {
    package var name: String
    /// The name as written, in quotes.
    fileprivate var quoted: [UInt8]
    /// A JSON value.
    package var value: [UInt8]
  }

  package private(set) var members: [Member] = []

  package init() {}

  package init(_ bytes: [UInt8]) throws(JSONSyntaxError) {
    for (name, value) in try JSONScanner.members(of: bytes) {
      members.append(
        Member(name: JSONBytes.string(bytes[name]), quoted: Array(bytes[name]), value: Array(bytes[value])))
    }
  }

  /// The value of the last member with this name, as in most JSON readers, including those of PHP and Redis.
  package subscript(name: String) -> [UInt8]? {
    get { members.last { $0.name == name }?.value }
    set {
      guard let newValue else {
        members.removeAll { $0.name == name }
        return
      }
      guard let index = members.lastIndex(where: { $0.name == name }) else {
        members.append(Member(name: name, quoted: JSONBytes.quoted(name), value: newValue))
        return
      }
      members[index].value = newValue
    }
  }

  /// Removes all other members.
  mutating func retain(_ names: Set<String>) { members.removeAll { !names.contains($0.name) } }

  /// A number without its fraction; nil for other values and for numbers beyond 2^53, which are not exact.
  package func number(_ name: String) -> Int? {
    guard let text = self[name].map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
    return Int(text) ?? Double(text).flatMap { abs($0) < 9_007_199_254_740_992 ? Int($0) : nil }
  }

  package mutating func set(_ name: String, _ number: Int) { self[name] = Array(String(number).utf8) }
  package mutating func set(_ name: String, _ text: String) { self[name] = JSONBytes.quoted(text) }

  package func text(_ name: String) -> String? {
    guard let value = self[name], value.first == UInt8(ascii: "\"") else { return nil }
    return JSONBytes.string(value[...])
  }

  /// On one line.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = [UInt8(ascii: "{")]
    for (index, member) in members.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes += member.quoted
      bytes.append(UInt8(ascii: ":"))
      bytes += member.value
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }
}

/// Strings as the stored documents have them. This escaper differs from `JSONText` in its short forms (`\u000d` where that
/// writes `\r`), and stays, because stored documents of earlier versions are compared byte by byte.
package enum JSONBytes {
  /// Decodes a valid JSON string, quotes included.
  package static func string(_ quoted: ArraySlice<UInt8>) -> String {
    let content = quoted.dropFirst().dropLast()
    guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
    // Swift's strings cannot represent a lone surrogate; the escape stays.
    return (try? JSONDecoder().decode(String.self, from: Data(quoted))) ?? String(decoding: content, as: UTF8.self)
  }

  /// The text as a JSON string.
  package static func quoted(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    append(text, to: &bytes)
    return bytes
  }

  static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.reserveCapacity(bytes.count + text.utf8.count + 2)
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        bytes += "\\u00\(digits.utf8.count == 1 ? "0" : "")\(digits)".utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

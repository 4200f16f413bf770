internal import FoundationEssentials

/// The members of a JSON object in their order, each value in the bytes in which it was written: what somebody else put
/// there stays as it is.
package struct JSONObject: Sendable, Equatable {
  package struct Member: Sendable, Equatable {
    package var name: String
    /// The name as it was written, in quotes.
    fileprivate var quoted: [UInt8]
    /// A JSON value.
    package var value: [UInt8]
  }

  package private(set) var members: [Member] = []

  package init() {}

  package init(_ bytes: [UInt8]) throws(JSONSlices.Fault) {
    for (name, value) in try JSONSlices.members(of: bytes) {
      members.append(
        Member(name: JSONBytes.string(bytes[name]), quoted: Array(bytes[name]), value: Array(bytes[value])))
    }
  }

  /// The value of the last member with this name: as most readers see it, PHP's and Redis' among them.
  package subscript(name: String) -> [UInt8]? {
    get { members.last { $0.name == name }?.value }
    set {
      guard let newValue else {
        members.removeAll { $0.name == name }
        return
      }
      guard let place = members.lastIndex(where: { $0.name == name }) else {
        members.append(Member(name: name, quoted: JSONBytes.quoted(name), value: newValue))
        return
      }
      members[place].value = newValue
    }
  }

  /// Removes all members but these.
  mutating func keep(_ names: Set<String>) { members.removeAll { !names.contains($0.name) } }

  /// A number without its fraction, or nil where there is none, or one that is too large to be exact (2^53).
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
    for (place, member) in members.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
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
  /// The text of a JSON string that was checked, quotes included.
  package static func string(_ quoted: ArraySlice<UInt8>) -> String {
    let content = quoted.dropFirst().dropLast()
    guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
    // A lone surrogate has no form in Swift's text; it is shown as it was written.
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

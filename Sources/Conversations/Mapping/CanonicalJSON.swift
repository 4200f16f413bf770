internal import Bytes

/// Writes JSON so that values of equal meaning have equal bytes: texts decoded, numbers by value, members sorted and the last
/// of equal ones, `{}` like `[]`, no white space.
enum CanonicalJSON {
  static func append(_ node: Int, of tree: JSONTree, to bytes: inout [UInt8]) {
    switch tree.kind(node) {
    case .null, .truth: bytes += tree.value(node)
    case .number: append(number: tree.value(node), to: &bytes)
    case .text:
      bytes.append(UInt8(ascii: "\""))
      JSONEscapes.append(tree.value(node).dropFirst().dropLast(), to: &bytes, requoted: true)
      bytes.append(UInt8(ascii: "\""))
    case .list:
      bytes.append(UInt8(ascii: "["))
      for (index, child) in tree.children(node).enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        append(child, of: tree, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object where tree.isEmpty(node): bytes += [UInt8(ascii: "["), UInt8(ascii: "]")]
    case .object:
      var members: [(name: [UInt8], node: Int)] = []
      for child in tree.children(node) { members.append((tree.name(child), child)) }
      // The sort is stable, so that the last of equal names is behind the others.
      members.sort { $0.name.lexicographicallyPrecedes($1.name) }
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index + 1 < members.count, members[index + 1].name == member.name { continue }
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        bytes += JSONBytes.quoted(String(decoding: member.name, as: UTF8.self))
        bytes.append(UInt8(ascii: ":"))
        append(member.node, of: tree, to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  static func bytes(_ node: Int, of tree: JSONTree) -> [UInt8] {
    var bytes: [UInt8] = []
    append(node, of: tree, to: &bytes)
    return bytes
  }

  /// `2`, `2.0` and `20e-1` become `2`; `-0` becomes `0`.
  private static func append(number text: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
    let isNegative = text.first == ASCII.hyphen
    var digits: [UInt8] = []
    var (exponent, isFraction, index) = (0, false, text.startIndex + (isNegative ? 1 : 0))
    scan: while index < text.endIndex {
      switch text[index] {
      case UInt8(ascii: "."): isFraction = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        // Beyond what any number has: its text is its value.
        guard text.endIndex - index < 10,
          let written = Int(String(decoding: text[(index + 1)...], as: UTF8.self))
        else {
          bytes += text
          return
        }
        exponent += written
        break scan
      case let digit:
        if digits.isEmpty, digit == UInt8(ascii: "0") {
          // A leading zero.
        } else {
          digits.append(digit)
        }
        if isFraction { exponent -= 1 }
      }
      index += 1
    }
    while digits.last == UInt8(ascii: "0") {
      digits.removeLast()
      exponent += 1
    }
    guard !digits.isEmpty else {
      bytes.append(UInt8(ascii: "0"))
      return
    }
    if isNegative { bytes.append(ASCII.hyphen) }
    switch exponent {
    case 0...20:
      bytes += digits
      bytes += repeatElement(UInt8(ascii: "0"), count: exponent)
    case -20..<0:
      let zeros = repeatElement(UInt8(ascii: "0"), count: max(0, 1 - exponent - digits.count))
      let padded = zeros + digits
      bytes += padded.dropLast(-exponent)
      bytes.append(UInt8(ascii: "."))
      bytes += padded.suffix(-exponent)
    default:
      bytes += digits
      bytes += "e\(exponent)".utf8
    }
  }
}

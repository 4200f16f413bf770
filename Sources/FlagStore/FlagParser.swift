internal import Flags
internal import JSON
internal import Suggestions

/// From JSON values to flags: checks types, ranges and names. Every error names the flag, the key and the position.
struct FlagParser {
  let bytes: [UInt8]
  let file: String
  /// What is being read, for errors.
  private var flag: String?
  private var key: String?

  init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  mutating func document() throws(FlagDocumentError) -> [(flag: Flag, range: Range<Int>)] {
    let root = try root(emptyAdvice: "write { \"FLAG\": 0 }, with the flag's name", "a JSON object of flags")
    guard case .object(let members) = root.value else {
      throw error(
        root.value.found, expected: "a JSON object of flags", "write { \"FLAG\": 0 }, with the flag's name",
        at: root.range.lowerBound)
    }
    return try flags(members)
  }

  /// One value on its own; its name comes from elsewhere.
  mutating func value(named name: String) throws(FlagDocumentError) -> (flag: Flag, isShort: Bool) {
    flag = name
    let root = try root(emptyAdvice: "write 0 for nobody, 100 for everyone", "a percentage, true, false or an object")
    let isShort = if case .object = root.value { false } else { true }
    return (try parse(JSONMember(name: name, nameRange: 0..<0, node: root)), isShort)
  }

  private func root(emptyAdvice: String, _ expected: String) throws(FlagDocumentError) -> JSONNode {
    guard bytes.count <= FlagLimits.fileBytes else {
      throw error("\(bytes.count) bytes", expected: "at most \(FlagLimits.fileBytes)", "shorten the lists of users")
    }
    guard bytes.contains(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
      throw error("an empty text", expected: expected, emptyAdvice)
    }
    do throws(JSONError) { return try JSONReader.read(bytes) } catch let json {
      throw error(json.found, expected: json.expected, json.advice, at: json.offset)
    }
  }

  private mutating func flags(_ members: [JSONMember]) throws(FlagDocumentError) -> [(flag: Flag, range: Range<Int>)] {
    guard members.count <= FlagLimits.flags else {
      throw error("\(members.count) flags", expected: "at most \(FlagLimits.flags)", "remove flags that no route uses")
    }
    var flags: [(flag: Flag, range: Range<Int>)] = []
    var names: Set<String> = []
    for member in members {
      flag = member.name
      key = nil
      guard FlagLimits.isName(member.name) else {
        throw error(
          "that name", expected: "1 to \(FlagLimits.nameBytes) of the characters A-Z a-z 0-9 _ . : -",
          "rename the flag", at: member.nameRange.lowerBound)
      }
      guard names.insert(member.name).inserted else {
        throw error("it twice", expected: "each flag once", "remove one of them", at: member.nameRange.lowerBound)
      }
      flags.append((try parse(member), member.node.range))
    }
    return flags
  }

  private mutating func parse(_ member: JSONMember) throws(FlagDocumentError) -> Flag {
    switch member.node.value {
    case .bool(let isOn): return Flag(name: member.name, percentage: isOn ? .full : .zero)
    case .number: return Flag(name: member.name, percentage: try percentage(member.node))
    case .object(let members): return try full(member, members)
    case .null, .string, .array:
      throw wrongType(member.node, expected: "a percentage, true, false or an object")
    }
  }

  private mutating func full(_ member: JSONMember, _ members: [JSONMember]) throws(FlagDocumentError) -> Flag {
    var result = Flag(name: member.name, percentage: .zero)
    var seen: Set<String> = []
    for entry in members {
      key = entry.name
      guard seen.insert(entry.name).inserted else {
        throw error("it twice", expected: "each key once", "remove one of them", at: entry.nameRange.lowerBound)
      }
      try read(entry, into: &result)
    }
    key = "percentage"
    guard seen.contains("percentage") else {
      throw error(
        "nothing", expected: Self.percentageExpected, "add \"percentage\": 0", at: member.node.range.lowerBound)
    }
    return result
  }

  private func read(_ entry: JSONMember, into result: inout Flag) throws(FlagDocumentError) {
    switch entry.name {
    case "enabled":
      guard case .bool(let isEnabled) = entry.node.value else {
        throw wrongType(entry.node, expected: "true or false")
      }
      result.isEnabled = isEnabled
    case "hard":
      guard case .bool(let isHard) = entry.node.value else { throw wrongType(entry.node, expected: "true or false") }
      result.isHardKill = isHard
    case "percentage": result.percentage = try percentage(entry.node)
    case "salt": result.salt = try text(entry.node, in: 0...FlagLimits.saltBytes)
    case "hash": result.hash = try scheme(entry.node)
    case "allow": result.allow = try users(entry.node)
    case "deny": result.deny = try users(entry.node)
    case "revision": result.revision = try revision(entry.node)
    case "updated_at": result.updatedAt = try text(entry.node, in: 0...FlagLimits.noteBytes)
    case "updated_by": result.updatedBy = try text(entry.node, in: 0...FlagLimits.noteBytes)
    case "reason": result.reason = try text(entry.node, in: 0...FlagLimits.noteBytes)
    default: throw unknownKey(entry)
    }
  }

  // MARK: Values

  private static let percentageExpected = "a number from 0 to 100 with at most three decimals"

  private func percentage(_ node: JSONNode) throws(FlagDocumentError) -> Percentage {
    guard case .number(let digits) = node.value, let number = Double(digits) else {
      throw wrongType(node, expected: Self.percentageExpected)
    }
    do throws(PercentageError) { return try Percentage(number) } catch let reason {
      throw error(
        digits, expected: Self.percentageExpected, Self.advice(for: reason), at: node.range.lowerBound)
    }
  }

  private static func advice(for error: PercentageError) -> String {
    switch error {
    case .notFinite, .outOfRange: "write 0 for nobody, 100 for everyone"
    case .tooManyDecimals: "round it: the smallest step is 0.001"
    }
  }

  private func scheme(_ node: JSONNode) throws(FlagDocumentError) -> HashScheme {
    let names = HashScheme.allCases.map(\.rawValue)
    let expected = "one of \(names.joined(separator: ", "))"
    guard case .string(let text) = node.value else { throw wrongType(node, expected: expected) }
    guard let scheme = HashScheme(rawValue: text) else {
      let nearest = Nearest.name(to: text, among: names)
      throw error(
        node.value.found, expected: expected,
        nearest.map { "did you mean \"\($0)\"?" } ?? "name the system that the flag comes from, or remove the key",
        at: node.range.lowerBound)
    }
    return scheme
  }

  private func revision(_ node: JSONNode) throws(FlagDocumentError) -> Int {
    let expected = "a whole number from 0 to \(FlagLimits.revision)"
    guard case .number(let digits) = node.value else { throw wrongType(node, expected: expected) }
    guard let number = Int(digits), (0...FlagLimits.revision).contains(number) else {
      throw error(digits, expected: expected, "write the last revision, or leave it out", at: node.range.lowerBound)
    }
    return number
  }

  private func users(_ node: JSONNode) throws(FlagDocumentError) -> [String] {
    guard case .array(let elements) = node.value else { throw wrongType(node, expected: "a list of user keys") }
    var users: [String] = []
    users.reserveCapacity(elements.count)
    for element in elements { users.append(try text(element, in: 1...FlagLimits.userBytes)) }
    return users
  }

  private func text(_ node: JSONNode, in range: ClosedRange<Int>) throws(FlagDocumentError) -> String {
    let expected = "a text of \(range.lowerBound) to \(range.upperBound) bytes"
    guard case .string(let text) = node.value else { throw wrongType(node, expected: expected) }
    guard range.contains(text.utf8.count) else {
      let advice = text.isEmpty ? "remove the empty text" : "shorten it"
      throw error("\(text.utf8.count) bytes", expected: expected, advice, at: node.range.lowerBound)
    }
    return text
  }

  // MARK: Errors

  private func wrongType(_ node: JSONNode, expected: String) -> FlagDocumentError {
    let advice =
      switch (node.value, expected.hasPrefix("a text")) {
      case (.number(let digits), true): "write it in quotes: \"\(digits)\""
      case (.string(let text), false) where Double(text) != nil || text == "true" || text == "false":
        "write it without quotes: \(text)"
      default: "replace it"
      }
    return error(node.value.found, expected: expected, advice, at: node.range.lowerBound)
  }

  private func unknownKey(_ entry: JSONMember) -> FlagDocumentError {
    let keys = [
      "enabled", "hard", "percentage", "salt", "hash", "allow", "deny", "revision", "updated_at", "updated_by",
      "reason",
    ]
    let nearest = Nearest.name(to: entry.name, among: keys)
    return error(
      "a key that does not exist", expected: "one of \(keys.joined(separator: ", "))",
      nearest.map { "did you mean \"\($0)\"?" } ?? "remove it", at: entry.nameRange.lowerBound)
  }

  private func error(_ found: String, expected: String, _ advice: String, at offset: Int? = nil) -> FlagDocumentError {
    let position = offset.map { JSONReader.position(of: $0, in: bytes) }
    return FlagDocumentError(
      file: file, line: position?.line, column: position?.column, flag: flag, key: key, found: found,
      expected: expected, advice: advice)
  }
}

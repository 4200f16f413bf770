/// Takes one sample line apart from its front.
struct LineScanner {
  private(set) var rest: Substring

  init(rest: Substring) { self.rest = rest }

  static func isName(_ name: Substring) -> Bool {
    guard let first = name.first, !first.isNumber else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
      default: false
      }
    }
  }

  mutating func take(_ character: Character) throws {
    guard rest.first == character else { throw Exposition.Complaint(description: "expected '\(character)'") }
    rest.removeFirst()
  }

  mutating func name() throws -> String {
    let name = rest.prefix { $0 != "{" && $0 != " " && $0 != "=" }
    guard Self.isName(name) else { throw Exposition.Complaint(description: "no name") }
    rest = rest.dropFirst(name.count)
    return String(name)
  }

  mutating func labels() throws -> [String: String] {
    guard rest.first == "{" else { return [:] }
    var labels: [String: String] = [:]
    repeat {
      rest.removeFirst()
      let name = try name()
      try take("=")
      guard try labels.updateValue(quoted(), forKey: name) == nil else {
        throw Exposition.Complaint(description: "the same label twice")
      }
    } while rest.first == ","
    try take("}")
    return labels
  }

  private mutating func quoted() throws -> String {
    try take("\"")
    var value = ""
    while let character = rest.popFirst() {
      switch character {
      case "\"": return value
      case "\\": value.append(try escaped())
      default: value.append(character)
      }
    }
    throw Exposition.Complaint(description: "a label value without end")
  }

  private mutating func escaped() throws -> Character {
    switch rest.popFirst() {
    case "\\": "\\"
    case "\"": "\""
    case "n": "\n"
    default: throw Exposition.Complaint(description: "an unknown escape")
    }
  }
}

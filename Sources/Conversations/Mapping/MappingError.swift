/// Why a value cannot be mapped. A value with an error is left as it is, and listed.
package enum MappingError: Error, Equatable, CustomStringConvertible {
  /// `legacy value`, `state`, `meta`, or the field of a hash.
  case notJSON(String, JSONSyntaxError)
  case otherForm(String, found: ValueForm, expected: ValueForm)
  /// The marker names another type, or none: `found` is nil.
  case marker(member: String, found: String?, known: String)
  /// The paths of required members that are missing or null.
  case missing([String])
  case wrongType(String, found: String, expected: String)
  /// A time that cannot be read.
  case time(String, found: String, StoredTime.ParseError)
  /// A missing legacy value cannot be made.
  case noTemplate
  /// A user whose name is not UTF-8.
  case userNotText

  package var description: String {
    switch self {
    case .notJSON(let name, let fault):
      "\(name) is not JSON: at byte \(fault.offset), expected \(fault.expected)"
    case .otherForm(let name, let found, let expected):
      "\(name) is \(Self.words(found)), this layout expects \(Self.words(expected))"
    case .marker(let member, let found?, let known):
      "\(member) is \"\(found)\", this layout knows \"\(known)\""
    case .marker(let member, nil, let known):
      "\(member) is missing, this layout knows \"\(known)\""
    case .missing(let paths):
      "\(paths.joined(separator: ", ")) \(paths.count == 1 ? "is" : "are") missing; the application cannot read such a value"
    case .wrongType(let path, let found, let expected): "\(path) is \(found), expected \(expected)"
    case .time(let path, let found, let fault): "\(path) is \(found), \(fault)"
    case .noTemplate: "there is no legacy value, and the layout has no template to make one from"
    case .userNotText: "the user is not UTF-8 text"
    }
  }

  private static func words(_ form: ValueForm) -> String {
    switch form {
    case .json: "a string of JSON"
    case .hash: "a hash"
    case .list: "a list"
    }
  }

  /// A value as an error shows it.
  static func excerpt(_ bytes: some Collection<UInt8>) -> String {
    bytes.count <= 60
      ? String(decoding: bytes, as: UTF8.self) : String(decoding: bytes.prefix(57), as: UTF8.self) + "..."
  }
}

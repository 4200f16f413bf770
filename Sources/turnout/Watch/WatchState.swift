import Admin
import Configuration

/// All that a frame is made of. A frame is a pure function of this and the size of the terminal.
struct WatchState {
  var status: StatusDocument?
  var comparison: ComparisonDocument?
  var history = WindowHistory()
  /// What the last attempt came to, if it was none.
  var trouble: AdminError?
  /// Since the last whole answer; nil before the first.
  var ageSeconds: Int?
  /// Seconds since 1970.
  var now: Int
  /// Whom it asks, for when nobody answers.
  var place: String
  var scope = ComparisonQuery.Scope.stage
  /// The options that name the system, as they were typed.
  var systemOptions: String
  var showsKill = false
  var isUnicode: Bool

  /// The flag that is looked at, as the proxy has it in force.
  var flag: StatusDocument.FlagState? {
    guard let status else { return nil }
    guard let name = comparison?.flag else { return status.flags.first }
    return status.flags.first { $0.name == name }
  }

  /// The command line that `k` shows. `watch` itself kills nothing: a slip of a finger must not.
  var killCommand: String {
    let name = comparison?.flag ?? Configuration.standardFlag
    let option = name == Configuration.standardFlag ? "" : " --flag \(Shell.quoted(name))"
    return "turnout kill --reason \"...\"\(option)\(systemOptions)"
  }

  /// What others wrote, in characters that take one column each.
  func shown(_ text: String) -> String { Self.narrow(text, isUnicode: isUnicode) }

  static func narrow(_ text: String, isUnicode: Bool) -> String {
    var result = ""
    for scalar in Console.printable(text).unicodeScalars {
      switch scalar.value {
      case 0x20..<0x7F: result.unicodeScalars.append(scalar)
      // Latin, Greek and Cyrillic letters without combining marks.
      case 0xA1..<0x300 where isUnicode, 0x370..<0x483 where isUnicode, 0x48A..<0x530 where isUnicode:
        result.unicodeScalars.append(scalar)
      default: result += "?"
      }
    }
    return result
  }
}

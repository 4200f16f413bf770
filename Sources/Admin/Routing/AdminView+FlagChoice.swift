internal import Concurrency
internal import Flags
internal import LocalServer

extension AdminView {
  /// The flag that a question is about: the one that it names, else the standard one, else the only one. The same rule as
  /// that of the commands which change a flag, so that nobody compares one and raises another.
  func chosenFlag(_ name: String?) throws(FlagChoiceFault) -> String {
    let names = flags.load().flags.map(\.name)
    if let name {
      guard names.contains(name) else { throw .unknown(names) }
      return name
    }
    if names.contains(Flag.standardName) { return Flag.standardName }
    guard names.count == 1 else { throw .several(names) }
    return names[0]
  }
}

/// Why a question is about no flag.
enum FlagChoiceFault: Error {
  case unknown([String])
  case several([String])

  var response: Response {
    switch self {
    case .unknown(let names):
      ErrorDocument(error: "No route asks a flag of that name; there are \(Self.list(names)).").response(status: 404)
    case .several(let names):
      ErrorDocument(error: "There are several flags; say which with flag=NAME: \(Self.list(names)).")
        .response(status: 400)
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.prefix(20).joined(separator: ", ")
  }
}

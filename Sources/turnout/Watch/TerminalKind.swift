/// What the terminal can show, by the variables that say so.
struct TerminalKind: Equatable {
  /// Block characters and letters beyond ASCII.
  var isUnicode: Bool
  var hasColour: Bool
  /// Whether it obeys escape sequences at all.
  var isAddressable: Bool

  /// - Parameter variable: the value of an environment variable; nil for an empty one.
  init(_ variable: (String) -> String?) {
    // The order of setlocale(3).
    let locale = variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") ?? ""
    isUnicode = ["utf-8", "utf8"].contains { locale.lowercased().contains($0) }
    isAddressable = variable("TERM").map { $0 != "dumb" } ?? false
    // https://no-color.org
    hasColour = isAddressable && variable("NO_COLOR") == nil
  }
}

import Reactor

/// The flag and the time span that `compare` and `watch` ask for.
struct ComparisonQuery: Equatable, Sendable {
  enum Scope: Equatable, Sendable {
    /// Since the split was last changed.
    case stage
    case since(DurationArgument)
  }

  /// `nil` means the standard flag, or the only one of the proxy.
  var flag: String?
  var scope: Scope

  var path: String {
    let span =
      switch scope {
      case .stage: "stage"
      case .since(let time): time.lookbackText
      }
    return "/api/v1/compare?since=\(span)" + Self.suffix(flag)
  }

  /// A flag's name needs no escaping: letters, digits and _ . : -
  static func suffix(_ flag: String?) -> String { flag.map { "&flag=\($0)" } ?? "" }
}

import Admin
import Reactor

/// What `compare` and `watch` ask: which flag, and over which time.
struct ComparisonQuery: Equatable, Sendable {
  enum Scope: Equatable, Sendable {
    /// Since the split was last changed.
    case stage
    case since(SinceTime)
  }

  /// Nil: the standard one, or the only one of the proxy.
  var flag: String?
  var scope: Scope

  var path: String {
    let span =
      switch scope {
      case .stage: "stage"
      case .since(let time): time.text
      }
    return "/api/v1/compare?since=\(span)" + Self.suffix(flag)
  }

  /// A flag's name needs no escaping: letters, digits and _ . : -
  static func suffix(_ flag: String?) -> String { flag.map { "&flag=\($0)" } ?? "" }
}

extension AdminClient {
  /// The comparison, decoded and as it came.
  func comparison(
    _ question: ComparisonQuery, within nanoseconds: UInt64
  ) throws(AdminError) -> (document: ComparisonDocument, text: String) {
    let body = try get(question.path, deadline: MonotonicClock.now() &+ nanoseconds)
    return (try Self.decode(ComparisonDocument.self, from: body), String(decoding: body, as: UTF8.self))
  }

  /// What was counted each second from that moment on (seconds since 1970).
  func windows(flag: String?, from: Int, within nanoseconds: UInt64) throws(AdminError) -> WindowsDocument {
    let path = "/api/v1/windows?resolution=1&from=\(from)" + ComparisonQuery.suffix(flag)
    return try Self.decode(WindowsDocument.self, from: try get(path, deadline: MonotonicClock.now() &+ nanoseconds))
  }
}

internal import LocalServer

/// One method of one path, and what answers it.
struct AdminRoute: Sendable {
  /// What is asked of a request before it gets to the answer.
  enum Kind: Sendable {
    case reads
    /// Takes a JSON body and changes nothing.
    case asks
    /// Needs the token or the socket.
    case changes
  }

  let method: String
  let path: PathTemplate
  let kind: Kind
  let answer: @Sendable (AdminCall) -> Reply

  init(_ method: String, _ path: String, _ kind: Kind, deferred answer: @escaping @Sendable (AdminCall) -> Reply) {
    self.method = method
    self.path = PathTemplate(path)
    self.kind = kind
    self.answer = answer
  }

  init(_ method: String, _ path: String, _ kind: Kind, _ answer: @escaping @Sendable (AdminCall) -> Response) {
    self.init(method, path, kind, deferred: { .now(answer($0)) })
  }
}

/// A request that was let in, with what its path holds.
struct AdminCall: Sendable {
  let request: Request
  /// What stands for the placeholders of the path.
  let values: [String]

  /// The only one; empty where the path has none.
  var key: String { values.first ?? "" }
}

/// An answer as the client got it.
struct WireAnswer {
  let head: WireHead
  let body: WireBody

  var status: Int { head.status }
  var text: String { body.text }
}

extension WireConnection {
  /// A whole answer; interim ones (1xx) are for `readHead`.
  func readAnswer(to method: String = "GET") throws -> WireAnswer {
    guard let head = try readHead() else { throw WireError.closed([]) }
    return WireAnswer(head: head, body: try readBody(.answer(head, to: method)))
  }

  /// Sends a request and reads its answer.
  func ask(_ request: String) throws -> WireAnswer {
    try send(request)
    return try readAnswer(to: String(request.prefix { $0 != " " }))
  }

  func get(_ target: String = "/", user: String? = nil) throws -> WireAnswer {
    try ask("GET \(target) HTTP/1.1\r\nHost: a\r\n\(user.map { "X-User-Id: \($0)\r\n" } ?? "")\r\n")
  }

  /// How the connection ended, with nothing more on it: `closed` in good order, by `reset`, or not at all (`silent`).
  func end(within seconds: Double = 10) -> WireEnd {
    patience = seconds
    let (bytes, end) = readToEnd()
    return bytes.isEmpty ? end : .malformed
  }
}

/// A request.
package struct HTTPRequest: Sendable {
  package var method: String
  /// Begins with a slash; goes behind the place's prefix.
  package var target: String
  /// Names and values, none with a line end in it; Host and Content-Length are added.
  package var fields: [(name: String, value: String)]
  package var body: [UInt8]

  package init(
    _ method: String, _ target: String, fields: [(name: String, value: String)] = [], body: [UInt8] = []
  ) {
    self.method = method
    self.target = target
    self.fields = fields
    self.body = body
  }

  func bytes(for place: HTTPEndpoint) -> [UInt8] {
    var lines = ["\(method) \(place.prefix)\(target) HTTP/1.1", "Host: \(place.authority)"]
    lines += fields.map { "\($0.name): \($0.value)" }
    if !body.isEmpty || method == "POST" { lines.append("Content-Length: \(body.count)") }
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }
}

/// A whole answer.
package struct HTTPResponse: Sendable, Equatable {
  package var status: Int
  package var body: [UInt8]
  /// Lines of the head behind the first.
  var lines: [String]

  package var text: String { String(decoding: body, as: UTF8.self) }

  /// The value of the first field with this name.
  package func field(_ name: String) -> String? {
    for line in lines {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { continue }
      return String(parts[1].trimmingPrefix(" "))
    }
    return nil
  }
}

/// Why there is no answer. The text is the reason alone; who was asked, whoever asks knows.
package enum HTTPFault: Error, Equatable, CustomStringConvertible {
  /// Nobody there.
  case unreachable(String)
  case timedOut(milliseconds: Int)
  /// An answer that is not whole, or no HTTP.
  case broken(String)

  package var description: String {
    switch self {
    case .unreachable(let reason): reason
    case .timedOut(let milliseconds): "no answer within \(milliseconds) ms"
    case .broken(let reason): reason
    }
  }
}

extension HTTPEndpoint {
  /// Asks once, on a connection of its own, waiting at most so long in all.
  package func ask(_ question: HTTPRequest, timeoutNanoseconds: UInt64) throws(HTTPFault) -> HTTPResponse {
    try HTTPSession(to: self).ask(question, timeoutNanoseconds: timeoutNanoseconds)
  }

  /// The body of a 200, as text.
  package func get(_ target: String, timeoutNanoseconds: UInt64) throws(HTTPFault) -> String {
    let answer = try ask(HTTPRequest("GET", target), timeoutNanoseconds: timeoutNanoseconds)
    guard answer.status == 200 else { throw .broken("it answers \(target) with status \(answer.status)") }
    return answer.text
  }
}

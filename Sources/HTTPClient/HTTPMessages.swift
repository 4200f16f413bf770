internal import Bytes
internal import Reactor

package struct HTTPField: Sendable, Equatable {
  package var name: String
  /// Contains no line end.
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

package struct HTTPRequest: Sendable, Equatable {
  package var method: String
  /// Begins with a slash; follows the endpoint's prefix.
  package var target: String
  /// Without Host and Content-Length, which are added.
  package var fields: [HTTPField]
  package var body: [UInt8]

  package init(_ method: String, _ target: String, fields: [HTTPField] = [], body: [UInt8] = []) {
    self.method = method
    self.target = target
    self.fields = fields
    self.body = body
  }

  func bytes(to endpoint: HTTPEndpoint) -> [UInt8] {
    var lines = ["\(method) \(endpoint.prefix)\(target) HTTP/1.1", "Host: \(endpoint.authority)"]
    lines += fields.map { "\($0.name): \($0.value)" }
    if !body.isEmpty || method == "POST" { lines.append("Content-Length: \(body.count)") }
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }
}

/// A complete response.
package struct HTTPResponse: Sendable, Equatable {
  /// 200 ... 599
  package var status: Int
  package var fields: [HTTPField]
  package var body: [UInt8]

  package init(status: Int, fields: [HTTPField], body: [UInt8]) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  package var text: String { String(decoding: body, as: UTF8.self) }

  /// The value of the first field with this name, in any case.
  package func field(_ name: String) -> String? {
    let name = name.lowercased()
    return fields.first { $0.name.lowercased() == name }?.value
  }
}

/// Why there is no response. The description is the reason alone; the caller knows whom it asked.
package enum HTTPError: Error, Equatable, CustomStringConvertible {
  /// The connection cannot be opened.
  case unreachable(String)
  /// No complete response within the time allowed.
  case timedOut(Duration)
  /// The peer closed the connection before it sent anything.
  case closed
  /// The response is incomplete, too large or not HTTP/1.
  case invalidResponse(String)

  package var description: String {
    switch self {
    case .unreachable(let reason), .invalidResponse(let reason): reason
    case .timedOut(let time): "no response within \(NumberText.elapsed(nanoseconds: time.nanoseconds))"
    case .closed: "it closed the connection without a response"
    }
  }
}

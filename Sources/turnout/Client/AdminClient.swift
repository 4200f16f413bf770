import Admin
import FoundationEssentials
import HTTPClient
import JSON

/// The client of a running proxy's admin API. Each request has a connection of its own and a time within which it is
/// complete.
struct AdminClient {
  let address: HTTPEndpoint.Address
  /// Required for changes over TCP.
  var token: String?

  init(_ address: HTTPEndpoint.Address, token: String? = nil) {
    self.address = address
    self.token = token
  }

  /// The status document, decoded and as it was received.
  func status(within timeout: Duration) throws(AdminError) -> (document: StatusDocument, text: String) {
    try document("/api/v1/status", timeout)
  }

  /// The comparison, decoded and as it was received.
  func comparison(
    _ query: ComparisonQuery, within timeout: Duration
  ) throws(AdminError) -> (document: ComparisonDocument, text: String) {
    try document(query.path, timeout)
  }

  /// The counters of each second since `from` (seconds since 1970).
  func windows(flag: String?, from: Int, within timeout: Duration) throws(AdminError) -> WindowsDocument {
    try document("/api/v1/windows?resolution=1&from=\(from)" + ComparisonQuery.suffix(flag), timeout).document
  }

  /// Sends `value` as JSON and decodes the response.
  func post<Value: Decodable>(
    _ path: String, _ value: some Encodable, within timeout: Duration
  ) throws(AdminError) -> Value {
    let body = Array(JSONText.line(value).utf8)
    var request = HTTPRequest("POST", path, fields: [HTTPField("Content-Type", "application/json")], body: body)
    if let token { request.fields.append(HTTPField("Authorization", "Bearer \(token)")) }
    return try Self.decode(try send(request, timeout))
  }

  private func document<Value: Decodable>(
    _ path: String, _ timeout: Duration
  ) throws(AdminError) -> (document: Value, text: String) {
    let body = try send(HTTPRequest("GET", path), timeout)
    return (try Self.decode(body), String(decoding: body, as: UTF8.self))
  }

  /// The body of a 200.
  private func send(_ request: HTTPRequest, _ timeout: Duration) throws(AdminError) -> [UInt8] {
    var request = request
    request.fields.append(HTTPField("Accept", "application/json"))
    let response: HTTPResponse
    do throws(HTTPError) { response = try HTTPEndpoint(address).send(request, timeout: timeout) } catch {
      throw AdminError(error)
    }
    guard response.status == 200 else { throw AdminError(response) }
    return response.body
  }

  private static func decode<Value: Decodable>(_ body: [UInt8]) throws(AdminError) -> Value {
    do { return try JSONDecoder().decode(Value.self, from: Data(body)) } catch {
      throw .unexpected("the response is not that of a Turnout admin port: \(text(of: error))")
    }
  }

  private static func text(of error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, _): return "\(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "not JSON" : "\(path) has the wrong type"
    @unknown default: return "\(error)"
    }
  }
}

/// The token of the admin API, from a file of one line.
enum AdminToken {
  static func read(_ path: String) throws -> String {
    guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= 4_096 else {
      throw failure(.configuration, "\(path): the token cannot be read")
    }
    let text = String(decoding: data, as: UTF8.self).prefix { $0 != "\n" && $0 != "\r\n" }
    // It becomes part of a header field.
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw failure(.configuration, "\(path): found no token, expected one line of visible ASCII")
    }
    return String(text)
  }
}

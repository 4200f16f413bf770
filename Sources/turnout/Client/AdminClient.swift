import Admin
import FoundationEssentials
import Glibc
import Reactor

/// Asks a running proxy. One request on a connection of its own, and a time by which it is over.
struct AdminClient {
  let place: AdminEndpoint
  /// For what changes something over TCP.
  var token: String?

  init(_ place: AdminEndpoint, token: String? = nil) {
    self.place = place
    self.token = token
  }

  /// The status document, decoded and as it came.
  func status(within nanoseconds: UInt64) throws(AdminError) -> (document: StatusDocument, text: String) {
    let body = try get("/api/v1/status", deadline: MonotonicClock.now() &+ nanoseconds)
    return (try Self.decode(StatusDocument.self, from: body), String(decoding: body, as: UTF8.self))
  }

  /// The body of a 200.
  func get(_ path: String, deadline: UInt64) throws(AdminError) -> [UInt8] {
    try ask("GET \(path)", fields: [], body: [], deadline: deadline)
  }

  /// Sends `value` as JSON and reads the answer as another.
  func post<Answer: Decodable>(
    _ path: String, _ value: some Encodable, deadline: UInt64
  ) throws(AdminError) -> Answer {
    guard let body = try? JSONEncoder().encode(value) else {
      throw .unexpected("the request cannot be written as JSON")
    }
    var fields = ["Content-Type: application/json", "Content-Length: \(body.count)"]
    if let token { fields.append("Authorization: Bearer \(token)") }
    return try Self.decode(Answer.self, from: try ask("POST \(path)", fields: fields, body: body, deadline: deadline))
  }

  private func ask(
    _ line: String, fields: [String], body: some Sequence<UInt8>, deadline: UInt64
  ) throws(AdminError) -> [UInt8] {
    let head = ["\(line) HTTP/1.1", "Host: \(place.host)", "Accept: application/json", "Connection: close"] + fields
    let connection = try AdminConnection.open(to: place, deadline: deadline)
    try connection.send(Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
    return try AdminResponse.body(of: try connection.readToEnd())
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) throws(AdminError) -> Value {
    do { return try JSONDecoder().decode(type, from: Data(body)) } catch {
      throw .unexpected("what answers there is no admin port of Turnout: \(text(of: error))")
    }
  }

  private static func text(of error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, _): return "\(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "not JSON" : "\(path) is not what it should be"
    @unknown default: return "\(error)"
    }
  }
}

enum AdminError: Error, Equatable, CustomStringConvertible {
  /// Nobody there, or nobody who answers in time.
  case unreachable(String)
  /// An answer that is none of ours.
  case unexpected(String)
  /// A proxy that will not do it, and says why.
  case refused(status: String, reason: String)

  var description: String {
    switch self {
    case .unreachable(let reason), .unexpected(let reason): reason
    case .refused(let status, let reason): "it answers with status \(status): \(reason)"
    }
  }
}

import Admin
import FoundationEssentials
import Glibc
import Proxy
import Reactor

/// Asks a running proxy. One request on a connection of its own, and a time by which it is over.
struct AdminClient {
  let address: Endpoint

  /// The status document, decoded and as it came.
  func status(within nanoseconds: UInt64) throws(AdminError) -> (document: StatusDocument, text: String) {
    let body = try get("/api/v1/status", deadline: MonotonicClock.now() &+ nanoseconds)
    do {
      return (try JSONDecoder().decode(StatusDocument.self, from: Data(body)), String(decoding: body, as: UTF8.self))
    } catch {
      throw .unexpected("what answers there is no status of Turnout: \(Self.text(of: error))")
    }
  }

  /// The body of a 200.
  func get(_ path: String, deadline: UInt64) throws(AdminError) -> [UInt8] {
    let request = "GET \(path) HTTP/1.1\r\nHost: \(address)\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    let connection = try AdminConnection.open(to: address, deadline: deadline)
    try connection.send(Array(request.utf8))
    return try AdminAnswer.body(of: try connection.readToEnd())
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

  var description: String {
    switch self {
    case .unreachable(let reason), .unexpected(let reason): reason
    }
  }
}

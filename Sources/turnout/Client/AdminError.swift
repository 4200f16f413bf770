import Configuration
import FoundationEssentials
import HTTPClient

/// Why the admin API gave no usable response.
enum AdminError: Error, Equatable, CustomStringConvertible {
  /// No process listens there, or it does not respond in time.
  case unreachable(String)
  /// The response is not that of a Turnout admin port.
  case unexpected(String)
  /// The proxy refuses and gives a reason.
  case refused(status: Int, reason: String)

  init(_ error: HTTPError) {
    switch error {
    case .unreachable, .timedOut, .closed: self = .unreachable("\(error)")
    case .invalidResponse: self = .unexpected("\(error)")
    }
  }

  /// For a response with a status other than 200.
  init(_ response: HTTPResponse) {
    struct Refusal: Decodable { let error: String }
    if let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(response.body)) {
      self = .refused(status: response.status, reason: Console.printable(refusal.error))
    } else {
      self = .unexpected("it responds with status \(response.status)")
    }
  }

  var description: String {
    switch self {
    case .unreachable(let reason), .unexpected(let reason): reason
    case .refused(let status, let reason): "it responds with status \(status): \(reason)"
    }
  }

  /// The error with the address, where that comes from, and what to do.
  func text(at address: HTTPEndpoint.Address, _ system: Configuration) -> String {
    let shown = "\(address) (\(Self.source(of: address, system)))"
    switch self {
    case .unreachable(let reason):
      return """
        No proxy responds at \(shown): \(reason).
        Is turnout serve running, and not stopped? For another address give --admin HOST:PORT or set TURNOUT_ADMIN.
        """
    case .unexpected, .refused:
      return """
        No admin port at \(shown): \(self).
        For another address give --admin HOST:PORT or set TURNOUT_ADMIN.
        """
    }
  }

  private static func source(of address: HTTPEndpoint.Address, _ system: Configuration) -> String {
    guard case .tcp = address else { return "its socket" }
    return system.origins["admin"].map { "from \($0)" } ?? "the default"
  }
}

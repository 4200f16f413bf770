import Proxy
import Reactor

/// Where the admin API of a proxy is.
enum AdminEndpoint: Equatable, CustomStringConvertible {
  case tcp(Endpoint)
  /// The path of its socket.
  case unix(String)

  var description: String {
    switch self {
    case .tcp(let endpoint): "\(endpoint)"
    case .unix(let path): path
    }
  }

  /// For the field Host.
  var host: String {
    switch self {
    case .tcp(let endpoint): "\(endpoint)"
    case .unix: "localhost"
    }
  }

  func resolve() throws(AdminError) -> SocketAddress {
    switch self {
    case .tcp(let endpoint):
      do throws(ResolveError) { return try SocketAddress.resolve(host: endpoint.host, port: endpoint.port) } catch {
        throw .unreachable(error.description)
      }
    case .unix(let path):
      guard let address = SocketAddress.unix(path: path) else { throw .unreachable("no socket can have this path") }
      return address
    }
  }
}

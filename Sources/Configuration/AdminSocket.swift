import Reactor

/// The unix socket of the admin API.
package enum AdminSocket: Sendable, Equatable {
  /// `admin.sock` in the state folder.
  case inState
  case path(String)
  case none
}

extension Scalar where Value == AdminSocket {
  static var adminSocket: Scalar {
    Scalar("none, or the path of a socket, of at most 107 bytes") { text in
      if text == "none" { return AdminSocket.none }
      return SocketAddress.unix(path: text) == nil ? nil : .path(text)
    }
  }
}

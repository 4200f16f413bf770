internal import Reactor

/// Where a server listens.
package enum ListenAddress: Sendable, Equatable {
  /// Port 0 lets the kernel choose.
  case tcp(host: String, port: UInt16)
  /// A socket that only this user and root can connect to (`UnixListener`).
  case unix(path: String)
}

extension ListenAddress: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tcp(let host, let port): "\(host):\(port)"
    case .unix(let path): path
    }
  }
}

/// One listening socket. It is closed, and its path removed, with its owner.
final class ListeningSocket: Sendable {
  private enum Socket: ~Copyable, Sendable {
    case tcp(Listener)
    case unix(UnixListener)
  }

  private let socket: Socket
  let number: Int32
  /// Of a TCP socket; 0 for another.
  let port: UInt16
  let isUnix: Bool

  init(_ place: ListenAddress) throws(ListenError) {
    switch place {
    case .tcp(let host, let port):
      let listener = try Listener(host: host, port: port, isShared: false)
      (number, self.port, isUnix) = (listener.descriptor.number, listener.port, false)
      socket = .tcp(listener)
    case .unix(let path):
      let listener = try UnixListener(path: path)
      (number, port, isUnix) = (listener.descriptor.number, 0, true)
      socket = .unix(listener)
    }
  }

  func peer(of connection: Int32, _ address: PeerAddress) -> Peer {
    isUnix ? .unix(user: Reactor.Socket.peerUser(connection)) : Peer(address)
  }
}

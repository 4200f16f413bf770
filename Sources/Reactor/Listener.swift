internal import CLinux

/// A listening TCP socket. With `isShared` each worker has one of its own on the same port (SO_REUSEPORT) and the
/// kernel spreads new connections over them. Options that accepted connections inherit are set here, once.
public struct Listener: ~Copyable, Sendable {
  public let descriptor: Descriptor
  /// The port it listens on: the one asked for, or the one the kernel chose for port 0.
  public let port: UInt16

  public init(host: String, port: UInt16, isShared: Bool) throws(ListenError) {
    let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    let address: SocketAddress
    do { address = try SocketAddress.resolve(host: host, port: port, passive: true) } catch {
      throw .resolve(place, error)
    }
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let number = socket(address.family, type, 0)
    guard number >= 0 else { throw .system(place, .last("socket")) }
    let descriptor = Descriptor(owning: number)
    Socket.setOption(number, SO_REUSEADDR, 1)
    if isShared { Socket.setOption(number, SO_REUSEPORT, 1) }
    Socket.setOption(number, level: Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    guard unsafe address.withPointer({ unsafe bind(number, $0, $1) }) == 0 else { throw .system(place, .last("bind")) }
    guard listen(number, SOMAXCONN) == 0 else { throw .system(place, .last("listen")) }
    self.port = Self.localPort(number) ?? port
    self.descriptor = descriptor
  }

  private static func localPort(_ number: Int32) -> UInt16? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return unsafe withUnsafeMutablePointer(to: &storage) { pointer -> UInt16? in
      unsafe pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address -> UInt16? in
        let result = unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe getsockname(number, $0, &length)
        }
        return result == 0 ? unsafe UInt16(bigEndian: address.pointee.sin_port) : nil
      }
    }
  }
}

/// Why nothing listens on an address.
public enum ListenError: Error, CustomStringConvertible {
  case resolve(String, ResolveError)
  case system(String, SystemError)
  /// A path that no Unix socket can have, and why.
  case path(String, String)

  public var description: String {
    switch self {
    case .resolve(let place, let error):
      "cannot listen on \(place): \(error)"
    case .system(let place, let error) where error.code == EADDRINUSE:
      "cannot listen on \(place): another program uses that port (find it with: ss -ltnp); choose another or stop it"
    case .system(let place, let error) where error.code == EACCES:
      "cannot listen on \(place): not permitted; ports below 1024 need CAP_NET_BIND_SERVICE"
    case .system(let place, let error):
      "cannot listen on \(place): \(error)"
    case .path(let path, let reason):
      "cannot listen on \(path): \(reason)"
    }
  }
}

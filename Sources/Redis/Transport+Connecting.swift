internal import Glibc
internal import Reactor
internal import TLS

extension Transport {
  /// Connects and, for `rediss`, has the server prove who it is. The addresses of a name are tried in turn, each with
  /// its share of the time: `localhost` may be ::1 first where Redis listens on 127.0.0.1 alone. The resolver keeps to
  /// its own limits (resolv.conf), so that the call can take longer by as much as those allow.
  static func connect(
    _ address: RedisAddress, tls context: TLSClientContext?, _ deadline: Deadline
  ) throws(RedisError) -> Transport {
    let place = address.description
    switch address.endpoint {
    case .unix(let path):
      guard let target = SocketAddress.unix(path: path) else {
        throw .unreachable(place: place, reason: "the path is not 1 to 107 bytes long")
      }
      return Transport(try attach(target, place, deadline), tls: nil)
    case .tcp(let host, let port):
      let descriptor = try attach(host, port, place, deadline)
      guard address.usesTLS else { return Transport(descriptor, tls: nil) }
      let session = try secure(descriptor.number, host, context, place, deadline)
      return Transport(descriptor, tls: session)
    }
  }

  private static func attach(
    _ host: String, _ port: UInt16, _ place: String, _ deadline: Deadline
  ) throws(RedisError) -> Descriptor {
    let targets: [SocketAddress]
    do { targets = try SocketAddress.resolveAll(host: host, port: port) } catch {
      throw .unreachable(place: place, reason: error.description)
    }
    for index in targets.indices.dropLast() {
      do throws(RedisError) {
        return try attach(targets[index], place, deadline.share(of: targets.count - index))
      } catch {}
    }
    return try attach(targets[targets.count - 1], place, deadline)
  }

  private static func attach(
    _ target: SocketAddress, _ place: String, _ deadline: Deadline
  ) throws(RedisError) -> Descriptor {
    let descriptor: Descriptor
    do { descriptor = Descriptor(owning: try Socket.connect(to: target)) } catch {
      throw .unreachable(place: place, reason: error.description)
    }
    guard deadline.wait(descriptor.number, POLLOUT) else { throw deadline.timeout(place) }
    if let fault = Socket.connectError(descriptor.number) {
      throw .unreachable(place: place, reason: fault.description)
    }
    return descriptor
  }

  private static func secure(
    _ number: Int32, _ host: String, _ context: TLSClientContext?, _ place: String, _ deadline: Deadline
  ) throws(RedisError) -> TLSSession {
    do throws(TLSError) {
      let context = if let context { context } else { try TLSClientContext() }
      var session = try TLSSession(context, descriptor: number, host: host)
      while true {
        let events: Int32
        switch session.handshake() {
        case .done: return session
        case .wantsRead: events = POLLIN
        case .wantsWrite: events = POLLOUT
        case .closed: throw TLSError.handshake(reason: "the server closed the connection")
        case .failed(let error): throw error
        }
        if !deadline.wait(number, events) { break }
      }
    } catch {
      throw .insecure(place: place, reason: error.description)
    }
    throw deadline.timeout(place)
  }
}

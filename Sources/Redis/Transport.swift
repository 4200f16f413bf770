internal import Glibc
internal import Reactor
internal import TLS

/// A connected byte stream that does not block: TCP, a unix socket, or TLS over TCP.
struct Transport: ~Copyable, Sendable {
  /// The result of one read or write.
  enum Step: Equatable {
    case moved(Int)
    /// Try again when poll(2) reports these events.
    case waits(Int32)
    case ended
  }

  private let descriptor: Descriptor
  private var tls: TLSSession?

  init(_ descriptor: consuming Descriptor, tls: consuming TLSSession?) {
    self.descriptor = descriptor
    self.tls = tls
  }

  var number: Int32 { descriptor.number }

  /// Reads once into `bytes`, which is not empty.
  mutating func read(into bytes: inout [UInt8]) -> Step {
    if let step = tls?.read(into: &bytes) { return Self.step(step) }
    return Self.step(Socket.receive(number, into: &bytes), POLLIN)
  }

  /// Writes once as much of `bytes`, which is not empty, as the connection takes.
  mutating func write(_ bytes: RawSpan) -> Step {
    if let step = tls?.write(bytes) { return Self.step(step) }
    return Self.step(Socket.send(number, bytes: bytes), POLLOUT)
  }

  private static func step(_ step: TLSStep) -> Step {
    switch step {
    case .done(let count): .moved(count)
    case .wantsRead: .waits(POLLIN)
    case .wantsWrite: .waits(POLLOUT)
    case .closed, .failed: .ended
    }
  }

  private static func step(_ transfer: Transfer, _ events: Int32) -> Step {
    switch transfer {
    case .moved(let count): .moved(count)
    case .wouldBlock: .waits(events)
    case .ended, .failed: .ended
    }
  }
}

extension Transport {
  /// Connects and, for `rediss`, verifies the server's certificate. The addresses of a name are tried in turn, each with
  /// its share of the time: `localhost` may be ::1 first where Redis listens on 127.0.0.1 alone. The resolver has its own
  /// limits (resolv.conf), which come on top of the deadline.
  static func connect(
    _ address: RedisAddress, tls context: TLSClientContext?, _ limit: CallLimit
  ) throws(RedisError) -> Transport {
    let place = address.description
    switch address.endpoint {
    case .unix(let path):
      guard let target = SocketAddress.unix(path: path) else {
        throw .unreachable(place: place, reason: "the path is not 1 to 107 bytes long")
      }
      return Transport(try attach(target, place, limit), tls: nil)
    case .tcp(let host, let port):
      let descriptor = try attach(host, port, place, limit)
      guard address.usesTLS else { return Transport(descriptor, tls: nil) }
      let session = try secure(descriptor.number, host, context, place, limit)
      return Transport(descriptor, tls: session)
    }
  }

  private static func attach(
    _ host: String, _ port: UInt16, _ place: String, _ limit: CallLimit
  ) throws(RedisError) -> Descriptor {
    let targets: [SocketAddress]
    do { targets = try SocketAddress.resolveAll(host: host, port: port) } catch {
      throw .unreachable(place: place, reason: error.description)
    }
    for index in targets.indices.dropLast() {
      do throws(RedisError) {
        return try attach(targets[index], place, limit.share(of: targets.count - index))
      } catch {}
    }
    return try attach(targets[targets.count - 1], place, limit)
  }

  private static func attach(
    _ target: SocketAddress, _ place: String, _ limit: CallLimit
  ) throws(RedisError) -> Descriptor {
    let descriptor: Descriptor
    do { descriptor = Descriptor(owning: try Socket.connect(to: target)) } catch {
      throw .unreachable(place: place, reason: error.description)
    }
    guard limit.deadline.wait(for: POLLOUT, on: descriptor.number) else { throw limit.timeout(place) }
    if let error = Socket.connectError(descriptor.number) {
      throw .unreachable(place: place, reason: error.description)
    }
    return descriptor
  }

  private static func secure(
    _ number: Int32, _ host: String, _ context: TLSClientContext?, _ place: String, _ limit: CallLimit
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
        if !limit.deadline.wait(for: events, on: number) { break }
      }
    } catch {
      throw .insecure(place: place, reason: error.description)
    }
    throw limit.timeout(place)
  }
}

/// How long one call may take. One limit covers all of it: connecting, writing, and every reply.
struct CallLimit {
  private let duration: Duration
  let deadline: Deadline

  init(nanoseconds: UInt64) {
    duration = .nanoseconds(clamping: nanoseconds)
    deadline = Deadline(after: duration)
  }

  /// The share of one of the `count` attempts that are left.
  func share(of count: Int) -> CallLimit {
    CallLimit(nanoseconds: deadline.remaining.nanoseconds / UInt64(max(count, 1)))
  }

  func timeout(_ place: String) -> RedisError { .timedOut(place: place, milliseconds: duration.milliseconds) }
}

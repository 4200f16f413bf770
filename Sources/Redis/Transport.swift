internal import Glibc
internal import Reactor
internal import TLS

/// A connected byte stream that does not block: TCP, a unix socket, or TLS over TCP.
struct Transport: ~Copyable, Sendable {
  /// What one read or write came to.
  enum Step: Equatable {
    case moved(Int)
    /// Again when the descriptor has these events of poll.
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

internal import Bytes
internal import Reactor

/// Who is at the other end of a connection, and which way it came.
package enum Peer: Sendable, Equatable {
  /// The text of an IP address, and whether it is one of this machine's own (127.0.0.0/8, ::1).
  case tcp(address: String, isLoopback: Bool)
  /// The user of the process that connected (SO_PEERCRED); nil when the kernel does not say.
  case unix(user: UInt32?)

  /// A client on this machine, for tests.
  package static var loopback: Peer { .tcp(address: "127.0.0.1", isLoopback: true) }
}

extension Peer {
  init(_ address: PeerAddress) {
    let text = unsafe address.bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    self = .tcp(address: text, isLoopback: address.isLoopback)
  }
}

extension PeerAddress {
  /// 127.0.0.0/8 or ::1.
  fileprivate var isLoopback: Bool { bytes.extracting(from: 0, to: 4).equals("127.") || bytes.equals("::1") }
}

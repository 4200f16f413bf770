internal import Bytes
internal import HTTPWire
internal import Reactor

/// A whole request, as a handler sees it.
package struct Request: Sendable, Equatable {
  /// Case-sensitive (RFC 9110 9.1): "GET".
  package var method: String
  /// As sent, not decoded; begins with "/", or is "*".
  package var path: String
  /// As sent, without "?"; may be empty.
  package var query: String
  package var body: [UInt8]
  package var peer: Peer
  /// In the order of arrival, without hop-by-hop fields (RFC 9110 7.6.1) and framing.
  package var headers: [Header]

  package init(
    method: String, path: String, query: String = "", headers: [Header] = [], body: [UInt8] = [],
    peer: Peer = .loopback
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.peer = peer
  }

  /// Whether the client is on this machine.
  package var isFromLoopback: Bool {
    switch peer {
    case .tcp(_, let isLoopback): isLoopback
    case .unix: true
    }
  }

  /// The value of a field that came exactly once. Two lines count as none, because sender and reader may disagree about
  /// which one is valid. `name` is in lower case.
  package func header(_ name: String) -> String? {
    let lines = headers.filter { $0.name == name }
    return lines.count == 1 ? lines[0].value : nil
  }
}

/// One header line.
package struct Header: Sendable, Equatable {
  /// In lower case in a request, as written in a response.
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// The client at the other end of a connection.
package enum Peer: Sendable, Equatable {
  /// The text of an IP address, and whether it is a loopback address (127.0.0.0/8, ::1).
  case tcp(address: String, isLoopback: Bool)
  /// The user of the connecting process (SO_PEERCRED); nil when the kernel does not say.
  case unix(user: UInt32?)

  /// A client on this machine, for tests.
  package static var loopback: Peer { .tcp(address: "127.0.0.1", isLoopback: true) }

  init(_ address: PeerAddress) {
    let text = unsafe address.bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    let isLoopback = address.bytes.extracting(from: 0, to: 4).equals("127.") || address.bytes.equals("::1")
    self = .tcp(address: text, isLoopback: isLoopback)
  }
}

extension Request {
  /// From a parsed head. Bytes that are not UTF-8 are replaced.
  init(_ head: RequestHead, _ fields: borrowing FieldTable, of bytes: RawSpan, peer: Peer) {
    let path = bytes.text(head.path)
    self.init(
      method: bytes.text(head.methodText), path: path.isEmpty ? "/" : path, query: bytes.text(head.query),
      peer: peer)
    for index in 0..<fields.count where !fields[index].isDropped {
      headers.append(Header(bytes.text(fields[index].name).lowercased(), bytes.text(fields[index].value)))
    }
    // The authority of an absolute-form target replaces Host (RFC 9112 3.2.2).
    if head.isAbsoluteForm { headers.append(Header("host", bytes.text(head.host))) }
  }
}

extension RawSpan {
  fileprivate func text(_ range: ByteRange) -> String {
    unsafe extracting(range).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }
}

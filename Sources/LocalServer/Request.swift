internal import Bytes
internal import HTTPWire

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
  /// In the order they came, without what concerns the connection only (RFC 9110 7.6.1) and the framing.
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

  /// The value of the field when it came exactly once: of two lines, a sender and a reader may take different ones for
  /// the valid one, so two are as good as none. `name` is in lower case.
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

extension Request {
  /// From a parsed head. Bytes that are no UTF-8 are replaced.
  init(_ head: RequestHead, _ fields: borrowing FieldTable, of bytes: RawSpan, peer: Peer) {
    let path = bytes.text(head.path)
    self.init(
      method: bytes.text(head.methodText), path: path.isEmpty ? "/" : path, query: bytes.text(head.query),
      peer: peer)
    for index in 0..<fields.count where !fields[index].isDropped {
      headers.append(Header(bytes.text(fields[index].name).lowercased(), bytes.text(fields[index].value)))
    }
    // The authority of an absolute-form target stands in the place of Host (RFC 9112 3.2.2).
    if head.isAbsoluteForm { headers.append(Header("host", bytes.text(head.host))) }
  }
}

extension RawSpan {
  fileprivate func text(_ range: ByteRange) -> String {
    unsafe extracting(range).withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }
}

/// What a handler answers.
package struct Response: Sendable, Equatable {
  package enum Body: Sendable, Equatable {
    case whole([UInt8])
    /// Sent one by one, each after its delay, in chunks (RFC 9112 7.1): an event stream with an end.
    case pieces([Piece])
    /// These bytes, and then what is posted to the feed, until the server stops: an event stream without an end.
    case feed(Feed, first: [UInt8])
  }

  package struct Piece: Sendable, Equatable {
    /// After the piece before it was sent.
    package var delayNanoseconds: UInt64
    package var bytes: [UInt8]

    package init(after delayNanoseconds: UInt64, _ bytes: [UInt8]) {
      self.delayNanoseconds = delayNanoseconds
      self.bytes = bytes
    }
  }

  package var status: Int
  package var contentType: String
  /// Besides Content-Type, Content-Length, Date and Connection, which the server writes. Control characters in a value
  /// are sent as spaces.
  package var headers: [Header]
  package var body: Body
  /// How long the answer is held back before its first byte is sent. No thread waits.
  package var delayNanoseconds: UInt64 = 0

  package init(status: Int = 200, contentType: String, headers: [Header] = [], body: Body) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = body
  }

  package static func text(_ text: String, status: Int = 200) -> Response {
    Response(status: status, contentType: "text/plain; charset=utf-8", body: .whole(Array(text.utf8)))
  }

  package static func json(_ bytes: [UInt8], status: Int = 200) -> Response {
    Response(status: status, contentType: "application/json", body: .whole(bytes))
  }

  /// What the server itself answers to a request that no handler gets to see.
  static func refusal(_ status: Int, _ explanation: StaticString) -> Response {
    // The sentences hold nothing that JSON would escape.
    json(Array("{\"error\":\"\(explanation)\"}\n".utf8), status: status)
  }
}

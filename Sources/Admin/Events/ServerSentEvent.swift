/// One event of a text/event-stream (WHATWG HTML 9.2).
enum ServerSentEvent {
  static let contentType = "text/event-stream"
  /// Nobody acts on a comment; it shows that the other side is there.
  static let heartbeat = Array(":\n\n".utf8)
  /// A browser comes back so many milliseconds after the stream broke off.
  static let reconnection = Array("retry: 1000\n\n".utf8)

  /// `document` is one line of JSON with its line end, as `JSONText.body` makes it.
  static func bytes(_ name: String, _ document: [UInt8]) -> [UInt8] {
    Array("event: \(name)\ndata: ".utf8) + document + Array("\n".utf8)
  }
}

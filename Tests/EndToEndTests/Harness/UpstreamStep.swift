/// What a scripted upstream does next on one connection.
enum UpstreamStep: Sendable {
  /// Reads one request head, without its body.
  case head
  /// Reads one whole request.
  case request
  /// Reads so many bytes, whatever they are.
  case read(Int)
  case send(String)
  case sendBytes([UInt8])
  /// Sends so many bytes of no interest.
  case sendVolume(Int)
  /// Receives and drops so many bytes.
  case skipVolume(Int)
  case pause(Double)
  /// Waits until the test opens the gate.
  case wait(Gate)
  /// Closes only the sending side.
  case shutdown
  case close
  case reset
  /// Begins the script again: for a connection that is kept.
  case again
  /// Reads until the peer is gone, and answers nothing.
  case stall
}

extension [UpstreamStep] {
  /// Every request gets these bytes as its answer, on connections that are kept.
  static func answering(_ answer: String) -> [UpstreamStep] { [.request, .send(answer), .again] }

  /// Every request gets an answer with this body.
  static func saying(_ text: String) -> [UpstreamStep] {
    answering("HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
  }

  /// The first request of a connection gets these bytes; then the connection is left alone.
  static func answeringOnce(_ answer: String) -> [UpstreamStep] { [.request, .send(answer), .stall] }
}

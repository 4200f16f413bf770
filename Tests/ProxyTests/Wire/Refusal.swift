import TestSupport
import Testing

/// A request that must not reach an upstream, and the status of the answer.
struct Refusal: CustomTestStringConvertible, Sendable {
  let status: Int
  let what: String
  let bytes: [UInt8]

  init(_ status: Int, _ what: String, _ text: String) { self.init(status, what, bytes: Array(text.utf8)) }

  init(_ status: Int, _ what: String, bytes: [UInt8]) {
    self.status = status
    self.what = what
    self.bytes = bytes
  }

  /// The fault stands among the fields of a request that is right otherwise.
  init(_ status: Int, _ what: String, field: String) {
    self.init(status, what, "GET / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n")
  }

  var testDescription: String { "\(what): \(status)" }

  /// Sends it with a good request behind it, which must not be taken up, to a proxy of its own.
  func expectRefused(settings: String = "", sourceLocation: SourceLocation = #_sourceLocation) throws {
    let stage = try Stage(settings: settings)
    let client = try stage.client()
    try client.send(bytes: bytes + Array("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    let answer = try client.readResponse()
    #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
    #expect(answer.head["Connection"] == ["close"], sourceLocation: sourceLocation)
    #expect(client.end() == .closed, sourceLocation: sourceLocation)
    #expect(stage.legacy.sawNothing, sourceLocation: sourceLocation)
    #expect(stage.unified.sawNothing, sourceLocation: sourceLocation)
  }
}

/// One message of a conversation, in its original bytes: `{"role":"user","content":"...","at":1732345678901}`. Other members
/// stay, and any other JSON value is valid too.
package struct Message: Sendable, Equatable {
  package let json: [UInt8]

  /// - Parameter json: one JSON value without surrounding white space.
  package init(json: [UInt8]) { self.json = json }

  package init(_ speaker: Speaker, _ content: String, at milliseconds: Int) {
    json =
      Array("{\"role\":\"\(speaker.rawValue)\",\"content\":".utf8) + JSONBytes.quoted(content)
      + Array(",\"at\":\(milliseconds)}".utf8)
  }

  package enum Speaker: String, Sendable {
    case user, assistant
  }

  /// The decoded members; nil for what is missing or of another type.
  package struct Content: Sendable, Equatable {
    package var role: String?
    package var text: String?
    /// Milliseconds since 1970.
    package var at: Int?
  }

  package var content: Content {
    guard let object = try? JSONObject(json) else {
      return Content(
        text: json.first == UInt8(ascii: "\"") ? JSONBytes.string(json[...]) : String(decoding: json, as: UTF8.self))
    }
    return Content(
      role: object.text("role"), text: object.text("content") ?? object.text("message"), at: object.number("at"))
  }

  /// Messages as a JSON array on one line.
  package static func array(of messages: some Sequence<Message>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(messages.reduce(2) { $0 + $1.json.count + 1 })
    bytes.append(UInt8(ascii: "["))
    for message in messages {
      if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
      bytes += message.json
    }
    bytes.append(UInt8(ascii: "]"))
    return bytes
  }

  /// The messages of a JSON array.
  package static func list(in bytes: [UInt8]) throws(JSONSyntaxError) -> [Message] {
    try JSONScanner.elements(of: bytes).map { Message(json: Array(bytes[$0])) }
  }

  /// How many messages a conversation keeps.
  package static let historyLimit = 10
}

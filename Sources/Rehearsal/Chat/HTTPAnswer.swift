/// An answer that was read to its end.
package struct HTTPAnswer: Sendable, Equatable {
  package var status: Int
  /// Names in lower case, in the order in which they came.
  package var fields: [(name: String, value: String)]
  package var body: [UInt8]
  /// From the first byte sent to the last received.
  package var nanoseconds: UInt64

  /// The value of the field, when it came once.
  package subscript(name: String) -> String? {
    let lines = fields.filter { $0.name == name }
    return lines.count == 1 ? lines[0].value : nil
  }

  package var text: String { String(decoding: body, as: UTF8.self) }

  package static func == (one: HTTPAnswer, other: HTTPAnswer) -> Bool {
    one.status == other.status && one.body == other.body && one.nanoseconds == other.nanoseconds
      && one.fields.elementsEqual(other.fields, by: ==)
  }
}

/// Why there is no answer.
package enum HTTPFault: Error, Equatable, CustomStringConvertible {
  case unreachable(place: String, reason: String)
  case timedOut(place: String, milliseconds: Int)
  /// The connection ended before the answer did.
  case closed(place: String)
  /// What came is no answer of HTTP/1.1.
  case malformed(place: String, reason: String)
  case tooLarge(place: String)

  package var description: String {
    switch self {
    case .unreachable(let place, let reason): "nobody answers at \(place): \(reason)"
    case .timedOut(let place, let milliseconds): "no whole answer from \(place) within \(milliseconds) ms"
    case .closed(let place): "\(place) closed the connection before the answer was whole"
    case .malformed(let place, let reason): "what \(place) sends is no HTTP/1.1: \(reason)"
    case .tooLarge(let place): "an answer of \(place) is larger than \(HTTPConnection.bodyLimit >> 20) MiB"
    }
  }
}

/// A reply as RESP2 knows it (https://redis.io/docs/latest/develop/reference/protocol-spec/).
package enum RedisReply: Sendable, Equatable {
  /// A short text such as `OK`.
  case status(String)
  /// A value: any bytes.
  case bytes([UInt8])
  case integer(Int)
  /// No such key, field or member; an empty array is `.array([])`.
  case null
  case array([RedisReply])
  /// An error with its code in front, for instance `ERR unknown command`.
  case error(String)

  /// A status or a value as text; bytes that are no UTF-8 become replacement characters.
  package var text: String? {
    switch self {
    case .status(let text): text
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .integer, .null, .array, .error: nil
    }
  }

  /// The bytes of a value.
  package var value: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }

  /// An integer, or a value that is one in decimal, which is how Redis keeps numbers in strings and hashes.
  package var integer: Int? {
    switch self {
    case .integer(let number): number
    case .bytes, .status: text.flatMap { Int($0) }
    case .null, .array, .error: nil
    }
  }

  package var elements: [RedisReply]? { if case .array(let elements) = self { elements } else { nil } }

  /// The text of an error reply.
  package var failure: String? { if case .error(let text) = self { text } else { nil } }

  package var isNull: Bool { self == .null }

  /// Names and values in turn, as HGETALL, XINFO and CONFIG GET answer; nil for anything else. Of two equal names the
  /// later counts.
  package var pairs: [String: RedisReply]? {
    guard let elements, elements.count.isMultiple(of: 2) else { return nil }
    var pairs: [String: RedisReply] = [:]
    for index in stride(from: 0, to: elements.count, by: 2) {
      guard let name = elements[index].text else { return nil }
      pairs[name] = elements[index + 1]
    }
    return pairs
  }
}

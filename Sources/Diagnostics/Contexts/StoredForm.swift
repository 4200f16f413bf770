internal import Conversations
internal import Redis

// Values of any form as JSON, so that one reader is enough for the checks.
extension ValueForm {
  /// Reads the whole value.
  func command(_ key: String) -> [RedisWord] {
    switch self {
    case .json: ["GET", RedisWord(key)]
    case .hash: ["HGETALL", RedisWord(key)]
    case .list: ["LRANGE", RedisWord(key), 0, "-1"]
    }
  }

  /// - Parameter jsonFields: the fields of a hash that hold JSON; the others hold text.
  func json(_ reply: RedisReply, jsonFields: Set<String>) -> [UInt8]? {
    switch self {
    case .json: return reply.value
    case .list:
      guard let elements = reply.elements?.compactMap(\.value) else { return nil }
      return Array("[".utf8) + elements.joined(separator: Array(",".utf8)) + Array("]".utf8)
    case .hash:
      guard let words = reply.elements?.compactMap(\.value), words.count.isMultiple(of: 2) else { return nil }
      var object = JSONObject()
      for index in stride(from: 0, to: words.count, by: 2) {
        let (name, value) = (String(decoding: words[index], as: UTF8.self), words[index + 1])
        object[name] = jsonFields.contains(name) ? value : JSONBytes.quoted(String(decoding: value, as: UTF8.self))
      }
      return object.bytes
    }
  }
}

extension KeyPattern {
  func name(_ user: String, id: ConversationID? = nil, part: ConversationPart? = nil) -> String {
    String(decoding: key(user.utf8, id: id, part: part), as: UTF8.self)
  }
}

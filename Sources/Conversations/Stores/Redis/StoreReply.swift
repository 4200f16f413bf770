internal import Redis

/// What a script of a store answered.
enum StoreReply {
  case context(Found)
  case said
  /// There is no such conversation any longer.
  case gone

  struct Found {
    var id: String
    var isNew: Bool
    var messages: Int
    var lifetime: Int
    var state: [UInt8]
    var history: [Message]
  }

  init(_ reply: RedisReply) throws(ContextError) {
    let words = reply.elements ?? []
    switch (words.first?.text, words.count) {
    case ("said", 1): self = .said
    case ("gone", 1): self = .gone
    case ("unreadable", 3):
      throw .unreadable(key: words[1].text ?? "", reason: words[2].text ?? "")
    case ("context", 6...):
      guard let id = words[1].text, let isNew = words[2].integer, let messages = words[3].integer,
        let lifetime = words[4].integer, let state = words[5].value
      else { throw Self.fault }
      self = .context(
        Found(
          id: id, isNew: isNew == 1, messages: messages, lifetime: lifetime, state: state,
          history: words[6...].compactMap { $0.value.map(Message.init(json:)) }))
    default: throw Self.fault
    }
  }

  static var fault: ContextError {
    .redis(.protocolError(place: "Redis", reason: "the answer of a script is not what the script answers"))
  }
}

internal import Redis

// What the stores of both layouts hand to their scripts, and make of the answers.

extension RedisWord {
  /// Messages with commas between.
  static func joined(_ messages: [Message]) -> RedisWord {
    RedisWord(Array(Message.array(of: messages).dropFirst().dropLast()))
  }
}

extension ContextLifetimes {
  /// Seconds after an interaction that stands alone, seconds after one that followed another, and within how many
  /// milliseconds it must have followed.
  func words(_ role: ContextRole) -> [RedisWord] {
    if adaptive {
      return [RedisWord(Self.inactive), RedisWord(Self.active), RedisWord(Self.pause * 1_000)]
    }
    return [RedisWord(seconds(role)), RedisWord(seconds(role)), 0]
  }
}

extension Context {
  init(owner: ContextOwner, _ found: StoreReply.Found, key: String) {
    self.init(
      owner: owner, id: found.id, key: key, isNew: found.isNew, history: found.history, state: found.state,
      messages: found.messages, lifetime: found.lifetime)
  }
}

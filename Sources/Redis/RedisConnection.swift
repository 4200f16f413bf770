/// One connection to a Redis server, for one thread at a time. It speaks RESP2 (no HELLO), so that servers from 2.6 on will do.
///
/// Every call waits at most as long as it is told. A call that throws anything but `.refused` has ended the connection:
/// what is still on its way can no longer be told from the next reply, so that all later calls throw `.closed`.
///
/// A connection either carries commands or, after `send("SUBSCRIBE", ...)`, messages: RESP2 does not tell a message from
/// a reply.
package struct RedisConnection: ~Copyable, Sendable {
  /// One second.
  package static let defaultTimeout: UInt64 = 1_000_000_000
  /// 4 MiB: several times the largest flag document.
  package static let defaultReplyLimit = 4 << 20

  /// The address without the password.
  package let place: String
  package internal(set) var isOpen = true
  var transport: Transport
  var reader: ReplyReader
  /// The server has taken credentials, database and name.
  var isIntroduced = false
  /// Messages may come without a command.
  var isSubscriber = false
  /// What one read takes, 16 KiB: the largest record of TLS.
  var chunk = [UInt8](repeating: 0, count: 16_384)

  init(_ place: String, _ transport: consuming Transport, replyLimit: Int) {
    self.place = place
    self.transport = transport
    reader = ReplyReader(limit: replyLimit)
  }

  /// For waiting until messages come; it stays the connection's. Take all messages before waiting.
  package var descriptor: Int32 { transport.number }

  /// The reply to one command; an error of the server is thrown as `.refused`.
  @discardableResult
  package mutating func command(
    _ words: [RedisWord], timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) -> RedisReply {
    try command(words, Deadline(nanoseconds: timeoutNanoseconds))
  }

  @discardableResult
  package mutating func command(
    _ words: RedisWord..., timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) -> RedisReply {
    try command(words, Deadline(nanoseconds: timeoutNanoseconds))
  }

  /// The replies to several commands in their order, in one round trip. Errors are replies like others here.
  package mutating func pipeline(
    _ commands: [[RedisWord]], timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) -> [RedisReply] {
    try exchange(commands, replies: commands.count, Deadline(nanoseconds: timeoutNanoseconds))
  }

  /// Runs a script. Redis runs it as one step: no other client sees the middle of it.
  @discardableResult
  package mutating func script(
    _ script: RedisScript, keys: [RedisWord], arguments: [RedisWord] = [],
    timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) -> RedisReply {
    let deadline = Deadline(nanoseconds: timeoutNanoseconds)
    do throws(RedisError) {
      return try command(script.call("EVALSHA", script.digest, keys: keys, arguments: arguments), deadline)
    } catch {
      guard error.code == "NOSCRIPT" else { throw error }
      return try command(script.call("EVAL", script.source, keys: keys, arguments: arguments), deadline)
    }
  }

  /// Sends a command whose replies come as messages: SUBSCRIBE and its kin.
  package mutating func send(
    _ words: [RedisWord], timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) {
    isSubscriber = true
    _ = try exchange([words], replies: 0, Deadline(nanoseconds: timeoutNanoseconds))
  }

  package mutating func send(
    _ words: RedisWord..., timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) {
    try send(words, timeoutNanoseconds: timeoutNanoseconds)
  }

  private mutating func command(_ words: [RedisWord], _ deadline: Deadline) throws(RedisError) -> RedisReply {
    let replies = try exchange([words], replies: 1, deadline)
    if let text = replies[0].failure { throw .refused(text) }
    return replies[0]
  }
}

internal import Glibc
internal import Reactor
package import TLS

/// One connection to a Redis server, for one thread at a time. It speaks RESP2 (no HELLO), which
/// every server from 2.6 on understands.
///
/// Every call waits at most for its timeout. A call that throws anything but `.refused` ends the connection, because a reply
/// that still arrives could be taken for the next one; all later calls throw `.closed`.
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
  /// The server has accepted credentials, database and name.
  var isIntroduced = false
  /// Messages may come without a command.
  var isSubscriber = false
  /// The buffer of one read: 16 KiB, the largest TLS record.
  var chunk = [UInt8](repeating: 0, count: 16_384)

  init(_ place: String, _ transport: consuming Transport, replyLimit: Int) {
    self.place = place
    self.transport = transport
    reader = ReplyReader(limit: replyLimit)
  }

  /// To wait for messages with poll(2). The connection owns it. Take all messages before waiting.
  package var descriptor: Int32 { transport.number }

  /// The reply to one command. An error reply is thrown as `.refused`.
  @discardableResult
  package mutating func command(
    _ words: [RedisWord], timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) -> RedisReply {
    try command(words, CallLimit(nanoseconds: timeoutNanoseconds))
  }

  @discardableResult
  package mutating func command(
    _ words: RedisWord..., timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) -> RedisReply {
    try command(words, CallLimit(nanoseconds: timeoutNanoseconds))
  }

  /// The replies to several commands in order, in one round trip. An error reply is returned like any other.
  package mutating func pipeline(
    _ commands: [[RedisWord]], timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) -> [RedisReply] {
    try exchange(commands, replies: commands.count, CallLimit(nanoseconds: timeoutNanoseconds))
  }

  /// Runs a script. Redis runs it as one step: no other client sees the middle of it.
  @discardableResult
  package mutating func script(
    _ script: RedisScript, keys: [RedisWord], arguments: [RedisWord] = [],
    timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) -> RedisReply {
    let limit = CallLimit(nanoseconds: timeoutNanoseconds)
    do throws(RedisError) {
      return try command(script.call("EVALSHA", script.digest, keys: keys, arguments: arguments), limit)
    } catch {
      guard error.code == "NOSCRIPT" else { throw error }
      return try command(script.call("EVAL", script.source, keys: keys, arguments: arguments), limit)
    }
  }

  /// Sends a command whose replies come as messages: SUBSCRIBE and its kin.
  package mutating func send(
    _ words: [RedisWord], timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) {
    isSubscriber = true
    _ = try exchange([words], replies: 0, CallLimit(nanoseconds: timeoutNanoseconds))
  }

  package mutating func send(
    _ words: RedisWord..., timeoutNanoseconds: UInt64 = defaultTimeout
  ) throws(RedisError) {
    try send(words, timeoutNanoseconds: timeoutNanoseconds)
  }

  private mutating func command(_ words: [RedisWord], _ limit: CallLimit) throws(RedisError) -> RedisReply {
    let replies = try exchange([words], replies: 1, limit)
    if let text = replies[0].failure { throw .refused(text) }
    return replies[0]
  }
}

extension RedisConnection {
  /// Connects, authenticates, selects the database and tells the server our name, which CLIENT LIST shows: the last
  /// three in one round trip. `name` has no spaces. `tls` is for `rediss`; nil trusts the system's authorities.
  ///
  /// Throws `.refused` for wrong or missing credentials and for a database that does not exist.
  package static func open(
    _ address: RedisAddress, tls: TLSClientContext? = nil, name: String,
    timeoutNanoseconds: UInt64 = defaultTimeout, replyLimit: Int = defaultReplyLimit
  ) throws(RedisError) -> RedisConnection {
    let limit = CallLimit(nanoseconds: timeoutNanoseconds)
    let transport = try Transport.connect(address, tls: tls, limit)
    var connection = RedisConnection(address.description, transport, replyLimit: replyLimit)
    do throws(RedisError) { try connection.introduce(address, name, limit) } catch {
      guard error == .closed(place: connection.place) else { throw error }
      let reason = "the server closed the connection at once; perhaps the port expects TLS (rediss://)"
      throw .unreachable(place: connection.place, reason: reason)
    }
    return connection
  }

  /// The same, trusting the authorities in this file over TLS; nil: the system's.
  package static func open(
    _ address: RedisAddress, authorities: String?, name: String,
    timeoutNanoseconds: UInt64 = defaultTimeout, replyLimit: Int = defaultReplyLimit
  ) throws(RedisError) -> RedisConnection {
    let tls: TLSClientContext?
    do throws(TLSError) { tls = address.usesTLS ? try TLSClientContext(authorities: authorities) : nil } catch {
      throw .insecure(place: address.description, reason: error.description)
    }
    return try open(address, tls: tls, name: name, timeoutNanoseconds: timeoutNanoseconds, replyLimit: replyLimit)
  }

  private mutating func introduce(
    _ address: RedisAddress, _ name: String, _ limit: CallLimit
  ) throws(RedisError) {
    var commands: [[RedisWord]] = []
    if let password = address.password {
      commands.append(["AUTH"] + (address.user.map { [RedisWord($0)] } ?? []) + [RedisWord(password)])
    }
    if address.database != 0 { commands.append(["SELECT", RedisWord(address.database)]) }
    commands.append(["CLIENT", "SETNAME", RedisWord(name)])
    let replies = try exchange(commands, replies: commands.count, limit)
    for (command, reply) in zip(commands, replies) {
      guard let text = reply.failure else { continue }
      let error = RedisError.refused(Self.withoutArguments(text))
      // The name is only for people: a user who may not set it is served.
      if command[0] == "CLIENT" && error.code == "NOPERM" { continue }
      throw error
    }
    isIntroduced = true
  }

  /// A server where AUTH was renamed does not know the command and repeats the password in its error.
  private static func withoutArguments(_ text: String) -> String {
    let parts = text.split(separator: ", with args beginning with", maxSplits: 1)
    return parts.first.map(String.init) ?? text
  }
}

extension RedisConnection {
  /// Writes `commands` and reads `count` replies. It reads while it still writes, so that the two sides never wait for
  /// each other with full buffers.
  mutating func exchange(
    _ commands: [[RedisWord]], replies count: Int, _ limit: CallLimit
  ) throws(RedisError) -> [RedisReply] {
    guard isOpen else { throw .closed(place: place) }
    do throws(RedisError) {
      guard let bytes = CommandFormat.bytes(commands) else {
        throw .tooLarge(place: place, limit: CommandFormat.limit)
      }
      return try exchange(bytes, count, limit)
    } catch {
      isOpen = false
      throw error
    }
  }

  private mutating func exchange(
    _ bytes: [UInt8], _ count: Int, _ limit: CallLimit
  ) throws(RedisError) -> [RedisReply] {
    var written = 0
    var replies: [RedisReply] = []
    while written < bytes.count || replies.count < count {
      var events: Int32 = 0
      let before = written
      if written < bytes.count { write(bytes, &written, &events) }
      let hasRead = replies.count < count ? try read(&replies, count, &events) : false
      if hasRead || written > before {
        if limit.deadline.hasPassed { throw limit.timeout(place) }
      } else if !limit.deadline.wait(for: events, on: descriptor) {
        throw limit.timeout(place)
      }
    }
    if !isSubscriber && reader.buffered > 0 {
      throw .protocolError(place: place, reason: "bytes behind the last reply")
    }
    return replies
  }

  /// One write. When the peer is gone, the rest counts as written: the next read finds the end of the stream and, before
  /// it, the server's error if it sent one.
  private mutating func write(_ bytes: [UInt8], _ written: inout Int, _ events: inout Int32) {
    switch unsafe transport.write(bytes.span.bytes.extracting(written..<bytes.count)) {
    case .moved(let count): written += count
    case .waits(let event): events |= event
    case .ended: written = bytes.count
    }
  }

  /// One read and the replies in it, at most `count` in all. False when nothing has arrived.
  private mutating func read(
    _ replies: inout [RedisReply], _ count: Int, _ events: inout Int32
  ) throws(RedisError) -> Bool {
    switch try receive() {
    case .moved: break
    case .waits(let event):
      events |= event
      return false
    case .ended:
      // Redis says why it rejects a client, for instance that it has too many.
      if !isIntroduced, let text = replies.last?.failure { throw .refused(text) }
      throw .closed(place: place)
    }
    while replies.count < count, let reply = try parse() { replies.append(reply) }
    return true
  }

  private mutating func receive() throws(RedisError) -> Transport.Step {
    let step = transport.read(into: &chunk)
    guard case .moved(let count) = step else { return step }
    do throws(ReplyError) { try reader.feed(chunk[..<count]) } catch { throw redisError(error) }
    return step
  }

  private mutating func parse() throws(RedisError) -> RedisReply? {
    do throws(ReplyError) { return try reader.next() } catch { throw redisError(error) }
  }

  private func redisError(_ error: ReplyError) -> RedisError {
    switch error {
    case .malformed(let reason): .protocolError(place: place, reason: reason)
    case .tooLarge: .tooLarge(place: place, limit: reader.limit)
    }
  }

  /// The next message that has arrived, or nil. It never waits. An error of the server, such as about a channel that the
  /// user may not read, is returned as `.error`.
  package mutating func nextMessage() throws(RedisError) -> RedisReply? {
    guard isOpen else { throw .closed(place: place) }
    do throws(RedisError) {
      while true {
        if let message = try parse() { return message }
        switch try receive() {
        case .moved: continue
        case .waits: return nil
        case .ended: throw .closed(place: place)
        }
      }
    } catch {
      isOpen = false
      throw error
    }
  }
}

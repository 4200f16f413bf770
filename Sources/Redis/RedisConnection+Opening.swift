package import TLS

extension RedisConnection {
  /// Connects, authenticates, selects the database and tells the server our name, which CLIENT LIST shows: the last
  /// three in one round trip. `name` has no spaces. `tls` is for `rediss`; nil trusts the system's authorities.
  ///
  /// Throws `.refused` for wrong or missing credentials and for a database that does not exist.
  package static func open(
    _ address: RedisAddress, tls: TLSClientContext? = nil, name: String,
    timeoutNanoseconds: UInt64 = defaultTimeout, replyLimit: Int = defaultReplyLimit
  ) throws(RedisError) -> RedisConnection {
    let deadline = Deadline(nanoseconds: timeoutNanoseconds)
    let transport = try Transport.connect(address, tls: tls, deadline)
    var connection = RedisConnection(address.description, transport, replyLimit: replyLimit)
    do throws(RedisError) { try connection.introduce(address, name, deadline) } catch {
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
    _ address: RedisAddress, _ name: String, _ deadline: Deadline
  ) throws(RedisError) {
    var commands: [[RedisWord]] = []
    if let password = address.password {
      commands.append(["AUTH"] + (address.user.map { [RedisWord($0)] } ?? []) + [RedisWord(password)])
    }
    if address.database != 0 { commands.append(["SELECT", RedisWord(address.database)]) }
    commands.append(["CLIENT", "SETNAME", RedisWord(name)])
    let replies = try exchange(commands, replies: commands.count, deadline)
    for (command, reply) in zip(commands, replies) {
      guard let text = reply.failure else { continue }
      let error = RedisError.refused(Self.withoutArguments(text))
      // A user who may not set the name is served all the same.
      if command[0] == "CLIENT" && error.code == "NOPERM" { continue }
      throw error
    }
    isIntroduced = true
  }

  /// A server that does not know AUTH, because it was renamed there, repeats the password in its error.
  private static func withoutArguments(_ text: String) -> String {
    let parts = text.split(separator: ", with args beginning with", maxSplits: 1)
    return parts.first.map(String.init) ?? text
  }
}

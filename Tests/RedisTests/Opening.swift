import Redis
import TLS
import TestSupport

/// Opens a connection as the tests do.
func connect(
  _ address: String, tls: TLSClientContext? = nil, milliseconds: UInt64 = 2_000, replyLimit: Int = 4 << 20
) throws -> RedisConnection {
  try RedisConnection.open(
    RedisAddress(parsing: address), tls: tls, name: "tests", timeoutNanoseconds: milliseconds * 1_000_000,
    replyLimit: replyLimit)
}

/// The error of an attempt to open a connection.
func openingError(
  _ address: String, tls: TLSClientContext? = nil, milliseconds: UInt64 = 2_000
) throws -> RedisError? {
  do {
    _ = try connect(address, tls: tls, milliseconds: milliseconds)
    return nil
  } catch let error as RedisError { return error }
}

/// The error of `body`, which is to throw one.
func failure(_ body: () throws(RedisError) -> Void) -> RedisError? {
  do {
    try body()
    return nil
  } catch { return error }
}

extension RedisConnection {
  /// The next message within two seconds.
  mutating func awaitMessage() throws -> RedisReply? {
    for _ in 0..<200 {
      if let message = try nextMessage() { return message }
      pause(.milliseconds(10))
    }
    return nil
  }
}

func values(_ texts: String...) -> RedisReply { .array(texts.map { .bytes(Array($0.utf8)) }) }

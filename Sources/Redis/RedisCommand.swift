internal import COpenSSL

/// One word of a command: any bytes.
package struct RedisWord: Sendable, Equatable, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }
  package init(_ text: String) { bytes = Array(text.utf8) }
  /// In decimal.
  package init(_ number: Int) { self.init(String(number)) }

  /// Bytes that are no UTF-8 become replacement characters.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  package init(stringLiteral text: String) { self.init(text) }
  package init(integerLiteral number: Int) { self.init(number) }
}

/// Commands as RESP arrays of bulk strings
/// (https://redis.io/docs/latest/develop/reference/protocol-spec/).
enum CommandFormat {
  /// Bytes that one call may send: more than any flag file, and far below the server's limit (1 GiB).
  static let limit = 64 << 20

  /// The bytes of `commands` in order; nil when they exceed `limit`. No command is empty, because Redis does not reply to
  /// an empty one.
  static func bytes(_ commands: [[RedisWord]]) -> [UInt8]? {
    var size = 0
    for command in commands {
      precondition(!command.isEmpty, "a command has a name")
      size += frame
      for word in command { size += word.bytes.count + frame }
      guard size <= limit else { return nil }
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    for command in commands { append(command, to: &bytes) }
    return bytes
  }

  /// An upper bound for the frame of a word: a mark, ten digits and two line ends are 15 bytes.
  private static let frame = 32

  private static func append(_ command: [RedisWord], to bytes: inout [UInt8]) {
    append(UInt8(ascii: "*"), command.count, to: &bytes)
    for word in command {
      append(UInt8(ascii: "$"), word.bytes.count, to: &bytes)
      bytes += word.bytes
      bytes.append(UInt8(ascii: "\r"))
      bytes.append(UInt8(ascii: "\n"))
    }
  }

  /// `*3` or `$12` with its line end.
  private static func append(_ mark: UInt8, _ number: Int, to bytes: inout [UInt8]) {
    bytes.append(mark)
    var unit = 1
    while number / unit >= 10 { unit *= 10 }
    while unit > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / unit % 10))
      unit /= 10
    }
    bytes.append(UInt8(ascii: "\r"))
    bytes.append(UInt8(ascii: "\n"))
  }
}

/// A Lua script that the server caches. It is called by its digest and sent only when the server does not have it.
package struct RedisScript: Sendable, Equatable {
  package let source: String
  /// SHA-1 of the source, 40 lower-case hexadecimal digits, as EVALSHA wants it.
  package let digest: String

  package init(_ source: String) {
    self.source = source
    digest = RedisDigest.hexadecimal(RedisDigest.sha1(Array(source.utf8)))
  }

  /// The command that calls it, by the digest or with the source.
  func call(_ name: RedisWord, _ body: String, keys: [RedisWord], arguments: [RedisWord]) -> [RedisWord] {
    [name, RedisWord(body), RedisWord(keys.count)] + keys + arguments
  }
}

/// SHA-1 as `redis.sha1hex` computes it in a script, so that client and script can compare a value without sending it.
package enum RedisDigest {
  package static func sha1(_ bytes: [UInt8]) -> [UInt8] {
    var sum = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
    _ = unsafe SHA1(bytes, bytes.count, &sum)
    return sum
  }

  /// 40 lower-case hexadecimal digits.
  package static func hexadecimal(_ sum: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: sum.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

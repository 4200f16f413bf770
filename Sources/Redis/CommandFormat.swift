/// Commands in the form in which they travel: arrays of values
/// (https://redis.io/docs/latest/develop/reference/protocol-spec/).
enum CommandFormat {
  /// What one call may send: more than any flag file, and far below what a server takes (1 GiB).
  static let limit = 64 << 20

  /// The bytes of `commands`, one behind the other; nil when they are more than `limit`. No command is empty: Redis
  /// would not answer it.
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

  /// At least what stands around a word: a mark, ten digits and two line ends are 15 bytes.
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

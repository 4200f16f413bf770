internal import CHiredis

/// Commands in the form in which they travel.
enum CommandFormat {
  /// What one call may send: more than any flag file, and far below where the lengths in hiredis are at their end (2 GiB).
  static let limit = 64 << 20

  /// The bytes of `commands`, one behind the other; nil when they are more than `limit`. No command is empty: Redis
  /// would not answer it.
  static func bytes(_ commands: [[RedisWord]]) -> [UInt8]? {
    var bytes: [UInt8] = []
    for command in commands {
      precondition(!command.isEmpty, "a command has a name")
      let size = command.reduce(bytes.count) { $0 + $1.bytes.count + 32 }
      guard size <= limit else { return nil }
      append(command, to: &bytes)
    }
    return bytes
  }

  private static func append(_ command: [RedisWord], to bytes: inout [UInt8]) {
    let lengths = command.map(\.bytes.count)
    let all = command.flatMap(\.bytes)
    unsafe all.withUnsafeBytes { memory in
      var place = 0
      var words = unsafe lengths.map { length in
        defer { place += length }
        return unsafe memory.baseAddress.map { unsafe ($0 + place).assumingMemoryBound(to: CChar.self) }
      }
      var target: UnsafeMutablePointer<CChar>?
      let count = unsafe redisFormatCommandArgv(&target, Int32(clamping: command.count), &words, lengths)
      guard count > 0, let target = unsafe target else { fatalError("out of memory for a command to Redis") }
      unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: target, count: Int(count)))
      unsafe redisFreeCommand(target)
    }
  }
}

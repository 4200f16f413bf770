internal import Redis

/// One key to write, and the time that it is given.
package struct KeyWrite: Sendable, Equatable {
  enum Value: Sendable, Equatable {
    case json([UInt8])
    case hash([StoredDocument.Field])
    case list([[UInt8]])
    case nothing
  }

  package var key: [UInt8]
  var value: Value
  /// Milliseconds; nil: it never expires.
  package var life: Int?

  /// For people; nil: the key is deleted.
  package var text: String? {
    switch value {
    case .json(let bytes): String(decoding: bytes, as: UTF8.self)
    case .hash(let fields):
      fields.map { String(decoding: $0.name + [UInt8(ascii: "=")] + $0.value, as: UTF8.self) }.joined(separator: "\n")
    case .list(let elements): elements.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    case .nothing: nil
    }
  }

  init(_ key: [UInt8], _ document: StoredDocument, life: Int?) {
    self.key = key
    self.life = life
    value =
      switch document {
      case .json(let bytes): .json(bytes)
      case .hash(let fields): .hash(fields)
      }
  }

  init(_ key: [UInt8], value: Value, life: Int?) {
    self.key = key
    self.value = value
    self.life = life
  }

  static func delete(_ key: [UInt8]) -> KeyWrite { KeyWrite(key, value: .nothing, life: nil) }

  /// For one transaction.
  fileprivate var commands: [[RedisWord]] {
    let key = RedisWord(key)
    let expiry: [[RedisWord]] = life.map { [["PEXPIRE", key, RedisWord($0)]] } ?? []
    switch value {
    case .json(let bytes):
      return [["SET", key, RedisWord(bytes)] + (life.map { ["PX", RedisWord($0)] } ?? [])]
    case .hash(let fields):
      let words = fields.flatMap { [RedisWord($0.name), RedisWord($0.value)] }
      return [["DEL", key]] + (words.isEmpty ? [] : [["HSET", key] + words] + expiry)
    case .list(let elements):
      return [["DEL", key]] + (elements.isEmpty ? [] : [["RPUSH", key] + elements.map { RedisWord($0) }] + expiry)
    case .nothing: return [["DEL", key]]
    }
  }
}

enum ContextWrite {
  /// Writes all of it, or nothing: false where something that was read with WATCH has been written meanwhile.
  static func apply(_ writes: [KeyWrite], _ connection: inout RedisConnection) throws(RedisError) -> Bool {
    guard !writes.isEmpty else {
      try connection.command("UNWATCH", timeoutNanoseconds: MigrationLimits.timeout)
      return true
    }
    let commands = [["MULTI"]] + writes.flatMap(\.commands) + [["EXEC"]]
    let replies = try connection.pipeline(commands, timeoutNanoseconds: MigrationLimits.timeout)
    if replies.last?.isNull == true { return false }
    if let text = replies.lazy.compactMap(\.failure).first { throw .refused(text) }
    if let text = (replies.last?.elements ?? []).lazy.compactMap(\.failure).first { throw .refused(text) }
    return true
  }
}

/// The one home of the rule how long what a transfer writes lives, in milliseconds.
///
///     what was moved    as long as its source still lives, or `standard` where that never expires; never less than what
///                       it replaces has left
///     the record        as long as `--keep-legacy` says, and never less than what was moved
struct TransferLife: Sendable {
  var standard: Int
  var record: Int

  func moved(source: Int?, replaced: StoredPart) -> Int? {
    if !replaced.isMissing, replaced.left == nil { return nil }
    return max(source ?? standard, replaced.left ?? 0, 1)
  }

  func record(moved: Int?) -> Int { max(record, moved ?? standard) }
}

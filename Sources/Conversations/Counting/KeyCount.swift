package import Redis

/// One walk over all keys of a database, in steps that Redis makes between two other commands: SCAN, never KEYS, and
/// without MATCH, since the keys of both layouts are told apart in one walk.
///
/// Nothing is kept of a key but that it was there, so that memory does not grow with their number. SCAN promises to give
/// every key that is there from the beginning to the end; what comes or goes meanwhile may be counted or not, and while
/// Redis makes its table smaller or larger a few keys are given twice.
package struct KeyCount: Sendable, Equatable {
  /// What one step asks for. Redis takes about 0.3 ms for it, which is as long as others wait for it at most.
  package static let keysPerStep = 1_000

  /// By kind; a kind without keys is missing.
  package private(set) var counts: [ContextKeyKind: UInt64] = [:]
  package private(set) var isComplete = false
  private var cursor: RedisWord = "0"

  package init() {}

  /// The next step.
  package var command: [RedisWord] { ["SCAN", cursor, "COUNT", RedisWord(Self.keysPerStep)] }

  /// Counts what the step gave. False when that is no answer to SCAN.
  package mutating func take(_ reply: RedisReply) -> Bool {
    guard let elements = reply.elements, elements.count == 2, let next = elements[0].value,
      let keys = elements[1].elements
    else { return false }
    for key in keys {
      guard let bytes = key.value, let kind = ContextKeyKind(key: bytes) else { continue }
      counts[kind, default: 0] += 1
    }
    cursor = RedisWord(next)
    isComplete = next == [UInt8(ascii: "0")]
    return true
  }
}

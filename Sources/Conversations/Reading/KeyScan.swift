package import Redis

/// Goes through the keys of a server by SCAN, which never holds it up as KEYS does: a million keys are as many steps as
/// they have `count`s.
///
/// A key that is there from the first step to the last comes at least once; while the server grows or shrinks its table
/// it may come twice.
package struct KeyScan: Sendable {
  private let pattern: RedisWord
  /// How many keys the server looks at in a step: a step that takes some 0.1 ms.
  private static let count = 500
  /// Nil at the end.
  private var cursor: RedisWord? = "0"

  /// - Parameter pattern: with `*` for any bytes.
  package init(_ pattern: String) { self.pattern = RedisWord(pattern) }

  /// The keys of the legacy layout.
  package static func legacy(_ role: ContextRole) -> KeyScan { KeyScan(role.legacyPrefix + "*") }

  /// The keys that say which conversation is the current one.
  package static func current(_ role: ContextRole) -> KeyScan { KeyScan(role.unifiedPrefix + "*:current") }

  /// The keys of the next step, perhaps none; nil when all were gone through.
  package mutating func next(on connection: inout RedisConnection) throws(RedisError) -> [[UInt8]]? {
    guard let cursor else { return nil }
    let reply = try connection.command(
      "SCAN", cursor, "MATCH", pattern, "COUNT", RedisWord(Self.count), timeoutNanoseconds: 30_000_000_000)
    guard let parts = reply.elements, parts.count == 2, let next = parts[0].value, let keys = parts[1].elements else {
      throw .protocolFault(place: connection.place, reason: "SCAN answered something else")
    }
    self.cursor = next == Array("0".utf8) ? nil : RedisWord(next)
    return keys.compactMap(\.value)
  }
}

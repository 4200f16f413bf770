internal import Redis

/// Goes through the legacy keys of several roles at once: one way through the keys costs half of two.
struct LegacyScan {
  private var keys: KeyScan

  init(_ roles: [ContextRole]) { keys = KeyScan(Self.pattern(roles)) }

  var isAtEnd: Bool { keys.isAtEnd }
  var share: Double { keys.share }

  /// Some keys, perhaps none, and perhaps some of others.
  mutating func next(_ connection: inout RedisConnection) throws(RedisError) -> [[UInt8]] {
    try keys.next(&connection)
  }

  /// Matches the keys of all these roles, and few others: `[ca][hd][am]...:*`.
  static func pattern(_ roles: [ContextRole]) -> String {
    let prefixes = roles.map { Array($0.legacyPrefix) }
    let length = prefixes.map(\.count).min() ?? 0
    let marks = (0..<length).map { place in
      let letters = prefixes.map { String($0[place]) }
      return letters.allSatisfy { $0 == letters[0] } ? letters[0] : "[\(letters.joined())]"
    }
    return marks.joined() + "*"
  }
}

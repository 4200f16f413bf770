package import Redis

/// The section `contexts`: the Redis with the contexts, for the proxy, which watches it, and for the commands about contexts.
package struct ContextsSettings: Sendable, Equatable {
  /// `nil` means none is watched.
  package var address: RedisAddress?
  /// For rediss://; nil: the system's certificates.
  package var caFile: String?
  /// Whether an error in the section hides which Redis is meant.
  package var isUnclear = false
  /// Nanoseconds between two counts of the keys; nil: never.
  package var countEvery: UInt64? = 300_000_000_000

  package init() {}

  static let key = "contexts"
  static let redisKey = "contexts.redis"
}

extension DocumentReader {
  static let contextsKeys = ["redis", "ca_file", "count_every"]

  mutating func readContexts(_ top: Section, into settings: inout ContextsSettings) {
    let key = ContextsSettings.key
    let known = problems.count
    defer { settings.isUnclear = problems[known...].contains { $0.key != "contexts.count_every" } }
    guard let section = section(top.values[key], at: key, known: Self.contextsKeys) else { return }
    read("redis", of: section, as: .redisOrNone, into: &settings.address)
    var caFile = ""
    read("ca_file", of: section, as: .filePath, into: &caFile)
    if !caFile.isEmpty { settings.caFile = besideFile(caFile) }
    read("count_every", of: section, as: .durationOrNever(Ranges.contextCount), into: &settings.countEvery)
  }
}

extension Scalar where Value == RedisAddress? {
  /// The address of a Redis server, or `none` (which is nil).
  static var redisOrNone: Scalar {
    Scalar(
      "none, redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:/PATH?db=N",
      hint: { RedisText.error(of: $0)?.description }, shown: { RedisText.masked($0) },
      parse: { text in text == "none" ? .some(nil) : (try? RedisAddress(parsing: text)).map { .some($0) } })
  }
}

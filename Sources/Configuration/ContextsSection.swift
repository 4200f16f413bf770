package import Redis
import YAML

/// The section `contexts`: the Redis with the contexts, for the proxy, which watches it, and for the commands about contexts.
package struct ContextsSettings: Sendable, Equatable {
  /// `nil` means none is watched.
  package var address: RedisAddress?
  /// For rediss://; nil: the system's certificates.
  package var caFile: String?
  /// Whether an error in the section hides which Redis is meant.
  package var isUnclear = false
  /// Whether one hides which layout is meant.
  package var isLayoutUnclear = false
  /// Nanoseconds between two counts of the keys; nil: never.
  package var countEvery: UInt64? = 300_000_000_000
  /// How the application keeps them: the name of a layout that ships, or a file, as it is written.
  package var layout = "turnout"
  /// Queries in place of the layout's, by role.
  package var queries: [String: Queries] = [:]

  /// SQL; nil: that of the layout.
  package struct Queries: Sendable, Equatable {
    package var conversations: String?
    package var messages: String?
  }

  package init() {}

  static let key = "contexts"
  package static let layoutKey = "contexts.layout"
  package static let queriesKey = "contexts.queries"
  static let redisKey = "contexts.redis"
}

extension DocumentReader {
  static let contextsKeys = ["redis", "ca_file", "count_every", "layout", "queries"]
  static let contextRoles = ["client", "admin"]

  mutating func readContexts(_ top: Section, into settings: inout ContextsSettings) {
    let key = ContextsSettings.key
    let known = problems.count
    defer {
      // Any other key is unknown: it may stand for one of them.
      let keys = problems[known...].map(\.key).filter { $0 != "contexts.count_every" }
      settings.isUnclear = keys.contains { !Self.isLayout($0) }
      settings.isLayoutUnclear = keys.contains { !["contexts.redis", "contexts.ca_file"].contains($0) }
    }
    guard let section = section(top.values[key], at: key, known: Self.contextsKeys) else { return }
    read("redis", of: section, as: .redisOrNone, into: &settings.address)
    var caFile = ""
    read("ca_file", of: section, as: .filePath, into: &caFile)
    if !caFile.isEmpty { settings.caFile = besideFile(caFile) }
    read("count_every", of: section, as: .durationOrNever(Ranges.contextCount), into: &settings.countEvery)
    read("layout", of: section, as: .filePath, into: &settings.layout)
    readQueries(section, into: &settings.queries)
  }

  private static func isLayout(_ key: String) -> Bool {
    key == ContextsSettings.layoutKey || key.hasPrefix(ContextsSettings.queriesKey)
  }

  private mutating func readQueries(_ contexts: Section, into queries: inout [String: ContextsSettings.Queries]) {
    let key = ContextsSettings.queriesKey
    guard let section = section(contexts.values["queries"], at: key, known: Self.contextRoles) else { return }
    for role in Self.contextRoles {
      let known = ["conversations", "messages"]
      guard let own = self.section(section.values[role], at: "\(key).\(role)", known: known) else { continue }
      var found = ContextsSettings.Queries()
      read("conversations", of: own, as: .query, into: &found.conversations)
      read("messages", of: own, as: .query, into: &found.messages)
      queries[role] = found
    }
  }
}

extension Scalar where Value == String? {
  /// The query of a user's conversations or messages.
  static var query: Scalar {
    Scalar("one SELECT of 1 to 8192 bytes") { (1...8_192).contains($0.utf8.count) ? .some($0) : nil }
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

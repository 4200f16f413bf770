import Proxy
import YAML

/// Values from the command line and the environment. They replace those of the file.
package struct Overrides: Sendable, Equatable {
  /// A value as typed, and its source.
  package struct Value: Sendable, Equatable {
    package var text: String
    package var origin: Origin

    package init(_ text: String, from origin: Origin) {
      self.text = text
      self.origin = origin
    }
  }

  package var listen: [Value] = []
  package var admin: Value?
  package var flags: Value?
  package var state: Value?
  package var contexts: Value?
  package var workers: Value?
  package var name: Value?
  package var legacy: [Value] = []
  package var unified: [Value] = []

  package init() {}
}

extension Configuration {
  /// Replaces values of the file by `overrides`, and returns the problems in them.
  package mutating func apply(_ overrides: Overrides) -> [ConfigurationProblem] {
    var reader = OverrideReader(origins: origins)
    reader.read(overrides.listen, "listen", as: .listener, atMost: Ranges.listeners, into: &proxy.listen)
    reader.read(overrides.admin, "admin", as: .listener, into: &admin)
    reader.read(overrides.flags, "flags", as: .flagLocation, into: &flags)
    flags = flags.with(flagStore)
    reader.read(overrides.state, "state", as: .folderPath, into: &state)
    reader.read(overrides.contexts, ContextsSettings.redisKey, as: .redisOrNone, into: &contexts.address)
    reader.read(overrides.name, "name", as: .proxyName, into: &name)
    reader.read(overrides.workers, "workers", as: .workers, into: &proxy.workers)
    let limit = Ranges.servers
    reader.read(overrides.legacy, Self.legacyServers, as: .server, atMost: limit, into: &proxy.legacy.servers)
    reader.read(overrides.unified, Self.unifiedServers, as: .server, atMost: limit, into: &proxy.unified.servers)
    origins = reader.origins
    return reader.problems
  }

  static let legacyServers = "cohorts.legacy.servers"
  static let unifiedServers = "cohorts.unified.servers"
}

private struct OverrideReader {
  var origins: [String: Origin]
  var problems: [ConfigurationProblem] = []

  mutating func read<Value>(
    _ value: Overrides.Value?, _ key: String, as scalar: Scalar<Value>, into target: inout Value
  ) {
    guard let value else { return }
    guard let parsed = scalar.parse(value.text) else {
      return problems.append(ConfigurationProblem(value.origin, key, scalar.mismatch(value.text)))
    }
    target = parsed
    origins[key] = value.origin
  }

  /// A list replaces the whole list in the file.
  mutating func read<Value>(
    _ values: [Overrides.Value], _ key: String, as scalar: Scalar<Value>, atMost limit: Int, into target: inout [Value]
  ) {
    guard let first = values.first else { return }
    guard values.count <= limit else {
      let text = "found \(values.count) times, expected at most \(limit)"
      return problems.append(ConfigurationProblem(first.origin, key, text))
    }
    for item in origins.keys where item.hasPrefix("\(key)[") { origins[item] = nil }
    var parsed: [Value] = []
    for (index, value) in values.enumerated() {
      guard let item = scalar.parse(value.text) else {
        problems.append(ConfigurationProblem(value.origin, key, scalar.mismatch(value.text)))
        continue
      }
      parsed.append(item)
      origins["\(key)[\(index)]"] = value.origin
    }
    target = parsed
    origins[key] = first.origin
  }
}

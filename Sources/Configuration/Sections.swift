import Flags
package import Proxy
import YAML

/// The file, section by section, as docs/configuration.md describes it.
extension DocumentReader {
  static let topKeys = [
    "listen", "admin", "admin_socket", "admin_hosts", "workers", "name", "state", "flags", "flag_store", "contexts",
    "chat",
    "kill_grace", "cohorts", "routes", "user_key", "headers", "access_log", "log_level", "timeouts", "limits",
    "guardrails",
  ]

  mutating func configuration(from node: YAMLNode?) -> Configuration {
    var configuration = Configuration()
    configuration.file = file
    if let top = section(node, at: "", known: Self.topKeys) {
      readEndpoints(top, into: &configuration)
      readFlagStore(top, into: &configuration)
      readProxyState(top, into: &configuration)
      readContexts(top, into: &configuration.contexts)
      readChat(top, into: &configuration.chat)
      readCohorts(top, into: &configuration.proxy)
      readRoutes(top.values["routes"], into: &configuration.proxy)
      readUserKey(top, into: &configuration.proxy.userKey)
      readHeaders(top, into: &configuration.proxy.headers)
      readAccessLog(top, into: &configuration.proxy.accessLog)
      read("log_level", of: top, as: .choice, into: &configuration.logLevel)
      readTimeouts(top, into: &configuration.proxy.timeouts)
      readLimits(top, into: &configuration.proxy.limits)
      readGuardrails(top, into: &configuration.guardrails)
    }
    configuration.origins = lines.mapValues { .file(file, line: $0) }
    return configuration
  }

  private mutating func readEndpoints(_ top: Section, into configuration: inout Configuration) {
    if let node = top.values["listen"], let listen = listeners(node) { configuration.proxy.listen = listen }
    read("admin", of: top, as: .listener, into: &configuration.admin)
    read("workers", of: top, as: .workers, into: &configuration.proxy.workers)
    read("kill_grace", of: top, as: .durationOrNever(Ranges.timeout), into: &configuration.proxy.killGrace)
  }

  /// One address, or a list of them.
  private mutating func listeners(_ node: YAMLNode) -> [Endpoint]? {
    guard case .list = node.content else { return value(of: node, at: "listen", as: .listener).map { [$0] } }
    guard let items = items(node, at: "listen", of: "addresses", atMost: Ranges.listeners) else { return nil }
    return values(of: items, at: "listen", as: .listener)
  }

  func besideFile(_ path: String) -> String {
    guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
    return file[...slash] + path
  }

  private mutating func readCohorts(_ top: Section, into proxy: inout ProxySettings) {
    let known = Cohort.allCases.map(\.description)
    guard let cohorts = section(top.values["cohorts"], at: "cohorts", known: known) else { return }
    readCohort("legacy", of: cohorts, into: &proxy.legacy)
    readCohort("unified", of: cohorts, into: &proxy.unified)
  }

  private mutating func readCohort(_ name: String, of cohorts: Section, into cohort: inout CohortSettings) {
    let key = cohorts.prefix + name
    guard let section = section(cohorts.values[name], at: key, known: ["servers", "path_prefix"]) else { return }
    read("path_prefix", of: section, as: .pathPrefix, into: &cohort.pathPrefix)
    let servers = section.values["servers"]
    guard let items = items(servers, at: key + ".servers", of: "servers", atMost: Ranges.servers) else { return }
    cohort.servers = values(of: items, at: key + ".servers", as: .server)
  }

  private mutating func readHeaders(_ top: Section, into headers: inout HeaderSettings) {
    let known = ["responses", "forwarded", "via", "via_name", "traceparent"]
    guard let section = section(top.values["headers"], at: "headers", known: known) else { return }
    read("responses", of: section, as: .boolean, into: &headers.onResponses)
    read("forwarded", of: section, as: .choice, into: &headers.forwarded)
    read("via", of: section, as: .boolean, into: &headers.sendsVia)
    var name = ""
    read("via_name", of: section, as: .viaName, into: &name)
    if !name.isEmpty { headers.viaName = name }
    read("traceparent", of: section, as: .boolean, into: &headers.startsTraces)
  }

  private mutating func readTimeouts(_ top: Section, into timeouts: inout TimeoutSettings) {
    let known = TimeoutField.all.map(\.key)
    guard let section = section(top.values["timeouts"], at: "timeouts", known: known) else { return }
    for field in TimeoutField.all {
      read(field.key, of: section, as: .duration(Ranges.timeout), into: &timeouts[keyPath: field.value])
    }
  }

  private mutating func readLimits(_ top: Section, into limits: inout LimitSettings) {
    let known = LimitField.all.map(\.key) + [LimitField.requestBodyKey]
    guard let section = section(top.values["limits"], at: "limits", known: known) else { return }
    for field in LimitField.all {
      read(field.key, of: section, as: field.scalar, into: &limits[keyPath: field.value])
    }
    let body = Scalar.sizeOrNone(LimitField.requestBodyRange)
    read(LimitField.requestBodyKey, of: section, as: body, into: &limits.requestBodyBytes)
  }
}

extension LimitField {
  fileprivate var scalar: Scalar<Int> {
    guard unit == .bytes else { return .integer(range) }
    let size = Scalar.size(UInt64(range.lowerBound)...UInt64(range.upperBound))
    return Scalar(size.expected, hint: size.hint, parse: { size.parse($0).map { Int($0) } })
  }
}

/// The keys of `timeouts` and `limits`, one line each. Reading, reporting and the tests of the documentation use these
/// tables.
package struct TimeoutField: Sendable {
  package let key: String
  package let value: any WritableKeyPath<TimeoutSettings, UInt64> & Sendable

  package static let all: [TimeoutField] = [
    TimeoutField(key: "request_head", value: \.requestHead),
    TimeoutField(key: "request_body_idle", value: \.requestBodyIdle),
    TimeoutField(key: "client_idle", value: \.clientIdle),
    TimeoutField(key: "connect", value: \.connect),
    TimeoutField(key: "queue", value: \.queue),
    TimeoutField(key: "first_byte", value: \.firstByte),
    TimeoutField(key: "response_idle", value: \.responseIdle),
    TimeoutField(key: "write_idle", value: \.writeIdle),
    TimeoutField(key: "pooled_idle", value: \.pooledIdle),
    TimeoutField(key: "linger", value: \.linger),
    TimeoutField(key: "drain", value: \.drain),
  ]
}

package struct LimitField: Sendable {
  package enum Unit: Sendable { case count, bytes }

  package let key: String
  package let value: any WritableKeyPath<LimitSettings, Int> & Sendable
  package let range: ClosedRange<Int>
  package let unit: Unit

  /// All except `request_body_bytes`, which may be none.
  package static let all: [LimitField] = [
    LimitField(key: "client_connections", value: \.clientConnections, range: 1...1_000_000, unit: .count),
    LimitField(key: "server_connections", value: \.serverConnections, range: 1...65_535, unit: .count),
    LimitField(key: "queued_requests", value: \.queuedRequests, range: 0...1_000_000, unit: .count),
    LimitField(key: "head_bytes", value: \.headBytes, range: 1_024...1_048_576, unit: .bytes),
    LimitField(key: "target_bytes", value: \.targetBytes, range: 256...1_048_576, unit: .bytes),
    LimitField(key: "header_fields", value: \.headerFields, range: 16...1_000, unit: .count),
    LimitField(key: "trailer_bytes", value: \.trailerBytes, range: 256...1_048_576, unit: .bytes),
    LimitField(key: "buffer_bytes", value: \.bufferBytes, range: 9_216...16_777_216, unit: .bytes),
  ]
  package static let requestBodyKey = "request_body_bytes"
  package static let requestBodyRange: ClosedRange<UInt64> = 1...(1 << 40)

  /// The value with its unit.
  package func text(in limits: LimitSettings) -> String {
    let number = limits[keyPath: value]
    return unit == .bytes ? SizeText.text(number) : "\(number)"
  }
}

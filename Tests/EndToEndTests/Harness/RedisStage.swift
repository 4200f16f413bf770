import Foundation
import TestSupport
import Testing

/// A proxy between two upstreams whose flag is in a real Redis. Used on one thread.
final class RedisStage {
  static let flag = "UNIFIED_CONVERSATION_ENABLED"

  let server: RedisServer
  let legacy: ScriptedUpstream
  let unified: ScriptedUpstream
  private let environment: [String: String]
  private(set) var proxy: ProxyProcess

  /// `value` is set before the proxy starts; `place` is where the proxy looks, the server itself unless given.
  init(
    _ server: RedisServer? = nil, value: String? = "50", place: String? = nil,
    legacy: ScriptedUpstream? = nil, unified: ScriptedUpstream? = nil, settings: String = "",
    environment: [String: String] = [:], workers: Int = 1
  ) throws {
    let server = try server ?? RedisServer()
    if let value { try server.cli("SET", Self.flag, value) }
    let legacy = try legacy ?? ScriptedUpstream(.saying("legacy"))
    let unified = try unified ?? ScriptedUpstream(.saying("unified"))
    let lines = """
      cohorts:
        legacy: { servers: ["http://127.0.0.1:\(legacy.port)"] }
        unified: { servers: ["http://127.0.0.1:\(unified.port)"] }
      \(settings)
      """
    proxy = try ProxyProcess(
      lines, place: place ?? server.address(), workers: workers, environment: environment)
    (self.server, self.legacy, self.unified) = (server, legacy, unified)
    self.environment = environment
  }

  func client() throws -> WireConnection { try proxy.client() }

  /// In the folder of the one before.
  func startProxyAgain() throws { proxy = try ProxyProcess(in: proxy.folder, environment: environment) }

  /// As anybody may.
  func set(_ value: String) throws { try server.cli("SET", Self.flag, value) }

  /// The last good flags and the local kill, as they are kept.
  var kept: String { proxy.folder.text("turnout.state/last-good") }

  var keptFile: String { proxy.folder.file("turnout.state/last-good") }

  // MARK: What it says

  struct Status: Decodable {
    struct Flag: Decodable {
      var enabled: Bool
      var percentage: Double
    }

    struct Source: Decodable {
      var path: String
      var valid: Bool
      var error: String?
    }

    var flags: [Flag]
    var flagSource: Source

    enum CodingKeys: String, CodingKey {
      case flags
      case flagSource = "flag_source"
    }
  }

  func status() throws -> Status {
    try JSONDecoder().decode(Status.self, from: Data(proxy.admin("/api/v1/status").text.utf8))
  }

  /// Waits until the flag is in force like that and, unless told otherwise, the store is good.
  func expect(
    _ percentage: Double, enabled: Bool = true, valid: Bool = true, within seconds: Double = 10,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    var last = try status()
    try eventually(within: .seconds(seconds)) {
      last = try status()
      return last.flags[0].percentage == percentage && last.flags[0].enabled == enabled
        && last.flagSource.valid == valid
    }
    let isSo = last.flags[0].percentage == percentage && last.flags[0].enabled == enabled
    #expect(isSo, "\(last)\n\(proxy.log)", sourceLocation: location)
    #expect(last.flagSource.valid == valid, "\(last)\n\(proxy.log)", sourceLocation: location)
  }

  /// Waits until the status document and the log say what is wrong in these words.
  func expectTold(_ words: [String], _ location: SourceLocation = #_sourceLocation) throws {
    var last = try status()
    try eventually(within: .seconds(5)) {
      last = try status()
      return words.allSatisfy { last.flagSource.error?.contains($0) == true }
    }
    for word in words {
      #expect(last.flagSource.error?.contains(word) == true, "\(last)", sourceLocation: location)
    }
    let isLogged = proxy.log.split(separator: "\n").contains { line in words.allSatisfy { line.contains($0) } }
    #expect(isLogged, "\(words) in \(proxy.log)", sourceLocation: location)
  }

  /// Nobody has noticed anything, but for what the test told the load to expect.
  func expectUnharmed(_ load: SteadyLoad, _ location: SourceLocation = #_sourceLocation) {
    let outcome = load.stop()
    #expect(outcome.failures.isEmpty, "\(outcome)\n\(proxy.log)", sourceLocation: location)
    #expect(outcome.count > 0, "\(outcome)\n\(proxy.log)", sourceLocation: location)
  }
}

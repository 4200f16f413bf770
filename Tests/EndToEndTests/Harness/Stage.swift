import TestSupport

/// A proxy between two scripted upstreams. Nobody is in unified but the user "uma", unless the flags say otherwise.
final class Stage: Sendable {
  let legacy: ScriptedUpstream
  let unified: ScriptedUpstream
  let proxy: ProxyProcess

  static let flags = """
    { "UNIFIED_CONVERSATION_ENABLED": { "enabled": true, "percentage": 0, "allow": ["uma"] } }
    """

  convenience init(
    legacy: [UpstreamStep] = .saying("legacy"), unified: [UpstreamStep] = .saying("unified"), settings: String = "",
    flags: String = Stage.flags, workers: Int = 1
  ) throws {
    try self.init(
      ScriptedUpstream(legacy), ScriptedUpstream(unified), settings: settings, flags: flags, workers: workers)
  }

  init(
    _ legacy: ScriptedUpstream, _ unified: ScriptedUpstream, settings: String = "", flags: String = Stage.flags,
    workers: Int = 1
  ) throws {
    self.legacy = legacy
    self.unified = unified
    let cohorts = """
      cohorts:
        legacy: { servers: ["http://127.0.0.1:\(legacy.port)"] }
        unified: { servers: ["http://127.0.0.1:\(unified.port)"] }

      """
    proxy = try ProxyProcess(cohorts + settings, flags: flags, workers: workers)
  }

  func client() throws -> WireConnection { try WireConnection.connect(to: proxy.port, owner: self) }
}

import TestSupport

/// Kills, and streams for them to end.
extension RedisStage {
  static let hard = #"{"enabled": false, "hard": true, "percentage": 50}"#
  static let soft = #"{"enabled": false, "percentage": 50}"#
  static let open = #"{"percentage": 50, "allow": ["uma"], "deny": ["lena"]}"#

  static let stream: [UpstreamStep] = [
    .request, .send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"), .stall,
  ]
  static let killed = "turnout_requests_killed_total"

  /// "uma" is in unified, "lena" in legacy; everyone's answer is a stream that goes on, unless told otherwise.
  static func ofStreams(
    unified: [UpstreamStep] = stream, settings: String = "", workers: Int = 1
  ) throws -> RedisStage {
    try RedisStage(
      value: open, legacy: ScriptedUpstream(stream), unified: ScriptedUpstream(unified), settings: settings,
      workers: workers)
  }

  /// A connection on which the first event has come.
  func openStream(_ user: String) throws -> WireConnection {
    let client = try client()
    try client.send("GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: \(user)\r\n\r\n")
    guard try client.readHead()?.status == 200 else { throw SetupError("no stream") }
    _ = try client.read(9)
    return client
  }
}

extension WireConnection {
  func isStillOpen(for seconds: Double = 0.2) -> Bool { end(within: seconds) == .silent }
}

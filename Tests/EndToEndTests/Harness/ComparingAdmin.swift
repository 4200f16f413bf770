import Foundation
import LocalServer
import Synchronization
import TestSupport

/// An admin port that tells of a comparison with the verdict that a test gives it.
final class ComparingAdmin: Sendable {
  private final class UpstreamSignals: Sendable {
    let verdict: Mutex<String>

    init(_ verdict: String) { self.verdict = Mutex(verdict) }

    func answer(_ request: Request) -> Response {
      switch request.path {
      case "/api/v1/compare" where request.query.contains("flag=NONE"):
        .json(Array(#"{"error": "There is no flag NONE."}"#.utf8), status: 404)
      case "/api/v1/compare": .json(Array(ComparingAdmin.comparison(verdict.withLock { $0 }).utf8))
      case "/api/v1/windows": .json(Array(ComparingAdmin.windows.utf8))
      default: .json(Array(ComparingAdmin.status.utf8))
      }
    }
  }

  private let told: UpstreamSignals
  private let server: LocalServer

  init(_ verdict: String) throws {
    let told = UpstreamSignals(verdict)
    self.told = told
    server = try LocalServer.start(name: "admin", host: "127.0.0.1", port: 0) { told.answer($0) }
  }

  deinit { server.stop() }

  var address: String { "127.0.0.1:\(server.port)" }

  func tell(_ verdict: String) { told.verdict.withLock { $0 = verdict } }

  /// No more answers.
  func stop() {
    server.stop()
    server.join()
  }

  static func comparison(_ verdict: String) -> String {
    let figures = #"{"requests": 1200, "left_out": 0, "users": 90, "users_exact": true, "errors": 3, "created": 0}"#
    return """
      {"flag": "F", "enabled": true, "percentage": 10, "revision": 4, "scope": "stage", "from": "2026-03-01T07:35:00Z", \
      "to": "2026-03-01T09:40:00Z", "seconds": 7500, "stages": [], "proxies": 1, "silent_proxies": [], \
      "legacy": \(figures), "unified": \(figures), "guardrails": [{"name": "error_rate", "legacy": 0.001, \
      "unified": 0.005, "difference": 0.004, "lower": 0.002, "upper": 0.006, "margin": 0.001, "verdict": "\(verdict)"}], \
      "sample_ratio": {"expected": 0.1, "checked": false, "off": false}, "verdict": "\(verdict)", \
      "sentence": "It was found to be \(verdict)."}
      """
  }

  private static let windows = #"{"flag": "F", "resolution": 1, "fleet": false, "windows": [], "marks": []}"#
  private static let status = """
    {"version": "0.1.0", "pid": 1, "started_at": "", "uptime_seconds": 1, "ready": true, "draining": false, \
    "workers": 1, "listen": [], "generation": 7, "flags": [], "flag_source": {"path": "/f", "valid": true, \
    "rejected_changes": 0, "reloads": 0}, "cohorts": [], "own_answers": [], \
    "connections": {"open": 0, "accepted": 0, "accept_pauses": 0}}
    """
}

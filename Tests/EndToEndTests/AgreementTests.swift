import Foundation
import TestSupport
import Testing

@Suite("Whoever is asked, the count is the same, to the last request", .ownThread)
struct AgreementTests {
  private static let flag = "UNIFIED_CONVERSATION_ENABLED"

  private struct Counts: Equatable, CustomStringConvertible {
    var legacy = 0
    var unified = 0
    var errors = 0

    var description: String { "legacy \(legacy), unified \(unified), errors \(errors)" }
  }

  private struct Figures: Decodable {
    var requests: Int
    var errors: Int
  }

  private struct Cohorts: Decodable {
    var legacy: Figures
    var unified: Figures

    var counts: Counts {
      Counts(legacy: legacy.requests, unified: unified.requests, errors: legacy.errors + unified.errors)
    }
  }

  private struct Windows: Decodable {
    var windows: [Cohorts]

    var counts: Counts {
      windows.map(\.counts).reduce(into: Counts()) { sum, window in
        sum.legacy += window.legacy
        sum.unified += window.unified
        sum.errors += window.errors
      }
    }
  }

  private func ask<Answer: Decodable>(_ target: String, _ proxy: ProxyProcess) throws -> Answer {
    try JSONDecoder().decode(Answer.self, from: Data(proxy.admin(target).text.utf8))
  }

  private func metrics(_ proxy: ProxyProcess) throws -> Counts {
    func sum(_ name: String, _ cohort: String, _ more: [String] = [""]) throws -> Int {
      try more.reduce(0) { sum, label in
        try sum + proxy.metric("turnout_\(name){flag=\"\(Self.flag)\",cohort=\"\(cohort)\"\(label)}")
      }
    }
    let classes = ["2xx", "3xx", "4xx", "5xx", "other"].map { ",status=\"\($0)\"" }
    return Counts(
      legacy: try sum("requests_total", "legacy", classes), unified: try sum("requests_total", "unified", classes),
      errors: try sum("errors_total", "legacy") + sum("errors_total", "unified"))
  }

  private func logged(_ proxy: ProxyProcess, _ count: Int) throws -> Counts {
    let lines = try proxy.accessLog(of: count)
    return Counts(
      legacy: lines.count { $0["cohort"] == "legacy" }, unified: lines.count { $0["cohort"] == "unified" },
      errors: lines.count { $0.number("status") >= 500 })
  }

  /// Unified fails every request; the percentage goes up in the middle, then the flag is killed.
  @Test("The client's own count, compare, windows, status, metrics and the access log, over three stages")
  func everybody() throws {
    let stage = try Stage(
      unified: .answering("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 7\r\n\r\nunified"),
      settings: "access_log: { path: access.log, buffer: 16MiB }", flags: "{ \"\(Self.flag)\": 20 }", workers: 2)
    let load = Load(stage.proxy.port, users: (0..<300).map { "user-\($0)" }, connections: 4)
    pause(.milliseconds(1_200))
    #expect(try stage.proxy.command("set", "60").status == .exited(0))
    pause(.milliseconds(1_200))
    #expect(try stage.proxy.command("kill", "--reason", "test").status == .exited(0))
    pause(.milliseconds(600))
    let tally = load.stop()
    let own = Counts(
      legacy: tally.count("legacy") { _ in true }, unified: tally.count("unified") { _ in true },
      errors: tally.count("unified") { $0 == 500 })
    #expect(own.legacy > 0)
    #expect(own.unified > 0)
    #expect(own.errors == own.unified)
    #expect(tally.broken == 0)

    let total = own.legacy + own.unified
    #expect(try eventually { try (ask("/api/v1/windows?resolution=1&from=0", stage.proxy) as Windows).counts == own })
    #expect(try (ask("/api/v1/windows?resolution=60&from=0", stage.proxy) as Windows).counts == own)
    #expect(try (ask("/api/v1/compare?since=15m", stage.proxy) as Cohorts).counts == own)
    #expect(try metrics(stage.proxy) == own)
    #expect(try logged(stage.proxy, total) == own)
    let compared = try stage.proxy.command("compare", "--since", "15m", "--json")
    #expect(try JSONDecoder().decode(Cohorts.self, from: Data(compared.output.utf8)).counts == own)
    let status = try stage.proxy.command("status", "--json").output
    let document = try #require(try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any])
    let cohorts = try #require(document["cohorts"] as? [[String: Any]])
    #expect(cohorts.first { $0["cohort"] as? String == "legacy" }?["requests"] as? Int == own.legacy)
    #expect(cohorts.first { $0["cohort"] as? String == "unified" }?["requests"] as? Int == own.unified)
  }
}

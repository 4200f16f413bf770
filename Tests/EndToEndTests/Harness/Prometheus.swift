import Foundation
import TestSupport

/// A real Prometheus of the test's own, with the rules of deploy/prometheus, which scrapes one proxy every second.
final class Prometheus: Sendable {
  static let rules = "\(Repository.root)/deploy/prometheus/turnout.rules.yml"

  let port: UInt16
  private let folder: TemporaryFolder
  private let process: Program

  init(scraping adminPort: UInt16) throws {
    let folder = try TemporaryFolder()
    let port = try FreePort.take()
    try folder.write(
      """
      global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
      rule_files: ["\(Self.rules)"]
      scrape_configs:
        - job_name: turnout
          static_configs: [{ targets: ["127.0.0.1:\(adminPort)"] }]
      """, to: "prometheus.yml")
    process = try Program(
      "/usr/bin/prometheus",
      [
        "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:\(port)",
        "--log.level=warn",
      ], in: folder.path, log: folder.file("log"))
    (self.port, self.folder) = (port, folder)
    let isUp = eventually(within: .seconds(20)) {
      process.exitStatus != nil || (try? ask("/-/ready"))?.status == 200
    }
    guard isUp, process.exitStatus == nil else { throw SetupError("prometheus does not come up: \(log)") }
  }

  var log: String { folder.text("log") }

  /// The values of the series that an expression gives now, but for those that are no number. Throws when Prometheus
  /// does not take the expression.
  func values(_ expression: String) throws -> [Double] {
    let answer: Answer<Vector> = try decode(
      "/api/v1/query?query=\(expression.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")",
      about: expression)
    guard let data = answer.data else { throw SetupError("\(answer.error ?? "no data"): \(expression)") }
    return data.result.map(\.number).filter { !$0.isNaN }
  }

  func rules() throws -> [Rule] {
    let answer: Answer<Groups> = try decode("/api/v1/rules", about: "rules")
    return answer.data?.groups.flatMap(\.rules) ?? []
  }

  private func decode<Content: Decodable>(_ target: String, about what: String) throws -> Content {
    let text = try ask(target).text
    do { return try JSONDecoder().decode(Content.self, from: Data(text.utf8)) } catch {
      throw SetupError("\(what): \(text)")
    }
  }

  private func ask(_ target: String) throws -> WireResponse {
    try WireConnection.connect(to: port).ask("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
  }

  // MARK: Its documents

  struct Rule: Decodable {
    var name: String
    /// "recording" or "alerting".
    var type: String
    /// "ok" once it was evaluated without a fault.
    var health: String
    var lastError: String?
  }

  private struct Answer<Content: Decodable>: Decodable {
    var error: String?
    var data: Content?
  }

  private struct Groups: Decodable {
    struct Group: Decodable { var rules: [Rule] }
    var groups: [Group]
  }

  private struct Vector: Decodable {
    var result: [Sample]
  }

  /// Time and value of `{"metric": {...}, "value": [1435781451.781, "1"]}`.
  private struct Sample: Decodable {
    var number: Double

    enum CodingKeys: CodingKey { case value }

    init(from decoder: any Decoder) throws {
      var value = try decoder.container(keyedBy: CodingKeys.self).nestedUnkeyedContainer(forKey: .value)
      _ = try value.decode(Double.self)
      let text = try value.decode(String.self)
      number = Double(text == "+Inf" ? "inf" : text) ?? .nan
    }
  }
}

import Flags
import Proxy
import Statistics
import TestSupport
import Testing
import YAML

@testable import Configuration

@Suite struct ShippedFileTests {
  @Test("turnout.yaml says the defaults and nothing else")
  func shippedDefaults() throws {
    let file = try configuration(Repository.text("turnout.yaml"))
    var defaults = Configuration()
    defaults.proxy.legacy.servers = [Endpoint(host: "127.0.0.1", port: 9001)]
    defaults.proxy.unified.servers = [Endpoint(host: "127.0.0.1", port: 9002)]
    defaults.file = "turnout.yaml"
    defaults.origins = file.origins
    #expect(file == defaults)
  }

  @Test("Two cohorts are all that a file must say")
  func smallestFile() throws {
    var file = try configuration(cohorts)
    var shipped = try configuration(Repository.text("turnout.yaml"))
    (file.origins, shipped.origins) = ([:], [:])
    #expect(file == shipped)
  }

  @Test("Every key stands in turnout.yaml and in docs/configuration.md", arguments: everyKey)
  func everyKeyIsDocumented(key: String) throws {
    let name = String(key.split(separator: ".").last ?? "")
    #expect(try Repository.text("turnout.yaml").contains("\(name):"))
    #expect(try Repository.text("docs/configuration.md").contains("`\(name)`"))
  }

  @Test("docs/configuration.md gives the default of every timeout", arguments: TimeoutField.all)
  func timeoutsAreDocumented(field: TimeoutField) throws {
    let rows = try Repository.text("docs/configuration.md").split(separator: "\n").filter {
      $0.hasPrefix("| `\(field.key)` | ")
    }
    #expect(rows.count == 1)
    let cells = try #require(rows.first).split(separator: " | ")
    #expect(DurationText.parse(String(cells[1])) == TimeoutSettings()[keyPath: field.value])
  }

  @Test("docs/configuration.md gives the default and the range of every limit", arguments: LimitField.all)
  func limitsAreDocumented(field: LimitField) throws {
    func text(_ value: Int) -> String {
      field.unit == .bytes ? SizeText.text(value).replacing(" bytes", with: "") : "\(value)"
    }
    let range = "\(text(field.range.lowerBound)) to \(text(field.range.upperBound))"
    let row = "| `\(field.key)` | \(text(LimitSettings()[keyPath: field.value])) | \(range) | "
    #expect(try Repository.text("docs/configuration.md").contains(row))
  }

  @Test(
    "docs/configuration.md gives the default and the range of every share of the guardrails", arguments: ShareField.all)
  func sharesAreDocumented(field: ShareField) throws {
    let row = "| `\(field.key)` | \(field.text(in: GuardrailSettings())) | \(field.rangeText) | "
    #expect(try Repository.text("docs/configuration.md").contains(row))
  }

  @Test("docs/configuration.md gives the default and the range of the other guardrails")
  func guardrailsAreDocumented() throws {
    let (settings, text) = (GuardrailSettings(), try Repository.text("docs/configuration.md"))
    let (low, high) = (Ranges.latencyMargin.lowerBound, Ranges.latencyMargin.upperBound)
    let latency = DurationText.text(UInt64(settings.meanLatencyMargin))
    #expect(
      text.contains("| `mean_latency_margin` | \(latency) | \(DurationText.text(low)) to \(DurationText.text(high)) | ")
    )
    let range = "\(Ranges.minimumRequests.lowerBound) to \(Ranges.minimumRequests.upperBound)"
    #expect(text.contains("| `minimum_requests` | \(settings.minimumRequests) | \(range) | "))
  }

  static let everyKey: [String] =
    DocumentReader.topKeys + DocumentReader.contextsKeys + DocumentReader.chatKeys + DocumentReader.chatRoleKeys
    + DocumentReader.chatLoginKeys.filter { !["method", "body"].contains($0) } + [
      "key_prefix", "ca_file", "on_loss", "largest_step",
    ] + [
      "servers", "path_prefix", "path", "flag", "cohort", "sources", "anonymous",
    ]
    + ["anonymous_cookie", "header", "cookie", "query", "jwt_claim", "responses", "forwarded", "via", "via_name"]
    + ["traceparent", "format", "user", "sample", "buffer"]
    + TimeoutField.all.map(\.key) + LimitField.all.map(\.key) + [LimitField.requestBodyKey]
    + DocumentReader.guardrailKeys
}

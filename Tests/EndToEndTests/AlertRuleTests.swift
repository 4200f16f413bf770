import Foundation
import TestSupport
import Testing

@Suite("The rules for Prometheus are right, and so is what is delivered with them", .ownThread)
struct AlertRuleTests {
  private static let folder = "\(Repository.root)/deploy/prometheus"

  private static func tests() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder + "/tests").filter { $0.hasSuffix(".yml") }.sorted()
  }

  @Test("promtool takes the rules and the example configuration")
  func syntax() throws {
    for arguments in [
      ["check", "rules", "--lint=all", "--lint-fatal", "turnout.rules.yml"], ["check", "config", "prometheus.yml"],
    ] {
      let (output, status) = try Promtool.run(arguments, in: Self.folder)
      #expect(status == .exited(0), "\(output)")
    }
  }

  @Test("each alert fires when it should, and does not when it should not", arguments: try tests())
  func alerts(file: String) throws {
    let (output, status) = try Promtool.run(["test", "rules", "tests/\(file)"], in: Self.folder)
    #expect(status == .exited(0), "\(output)")
    #expect(output.contains("SUCCESS"), "\(output)")
  }

  @Test("no alert is without a test in which it fires, nor without words that say what to do")
  func complete() throws {
    let rules = try String(contentsOfFile: Prometheus.rules, encoding: .utf8)
    let tests = try Self.tests().map { try String(contentsOfFile: "\(Self.folder)/tests/\($0)", encoding: .utf8) }
    let manual = try String(contentsOfFile: "\(Repository.root)/docs/monitoring.md", encoding: .utf8)
    let alerts = rules.split(separator: "      - alert: ").dropFirst()
    #expect(alerts.count > 10)
    #expect(tests.count > 3)
    for alert in alerts {
      let name = alert.prefix { $0 != "\n" }
      let firing = "exp_samples: \\[.*alertname=\"\(name)\""
      #expect(try tests.contains { try $0.contains(Regex(firing)) }, "\(name)")
      for word in ["severity: ", "summary: ", "description: "] { #expect(alert.contains(word), "\(name): \(word)") }
      #expect(manual.contains("`\(name)`"), "\(name)")
    }
    for test in tests { #expect(test.contains("exp_samples: []")) }
  }

  @Test("the dashboard has only fields that Grafana's own schema knows")
  func schema() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.script, to: "script.py")
    let process = try Program(
      "/usr/bin/timeout", ["60", try PythonEnvironment.program("python3"), "script.py", Dashboard.path],
      in: folder.path, log: folder.file("output"))
    #expect(process.wait() == .exited(0), "\(folder.text("output"))")
    #expect(folder.text("output") == "0 fields are lost\n", "\(folder.text("output"))")
  }

  /// Reads the dashboard into the types of the schema and writes it again: what the schema does not know is lost. Those
  /// below belong to the Prometheus data source, not to the schema of dashboards.
  private static let script = """
    import json, re, sys
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.models.dashboard import Dashboard

    known = re.compile(
        r"/annotations/list/\\d+/(builtIn|step|tagKeys|textFormat|titleFormat)|/templating/list/\\d+/definition")

    def lost(before, after, place):
        if isinstance(before, dict):
            for key, value in before.items():
                if not isinstance(after, dict) or key not in after:
                    yield f"{place}/{key}"
                else:
                    yield from lost(value, after[key], f"{place}/{key}")
        elif isinstance(before, list):
            if not isinstance(after, list) or len(before) != len(after):
                yield place
            else:
                for index, value in enumerate(before):
                    yield from lost(value, after[index], f"{place}/{index}")
        elif before != after:
            yield place

    before = json.load(open(sys.argv[1]))
    after = json.loads(json.dumps(Dashboard.from_json(before), cls=JSONEncoder))
    places = [place for place in lost(before, after, "") if not known.fullmatch(place)]
    for place in places:
        print(place)
    print(len(places), "fields are lost")
    """
}

import Foundation
import TestSupport

/// The Grafana dashboard that is delivered, with its variables filled in as for one proxy and one flag.
struct Dashboard {
  static let path = "\(Repository.root)/deploy/grafana/turnout.json"

  /// Each with what asks it.
  let queries: [(place: String, expression: String)]
  /// Of annotations that are shown only when somebody asks for them.
  let hiddenQueries: [String]
  /// What the variables offer for choice, as expressions.
  let choices: [String]
  let panelCount: Int

  init(flag: String) throws {
    let document = try JSONDecoder().decode(Document.self, from: Data(contentsOf: URL(fileURLWithPath: Self.path)))
    func filled(_ expression: String) -> String {
      // Grafana takes four scrapes for it at least, and they come every second here.
      [("$__rate_interval", "4s"), ("$job", "turnout"), ("$flag", flag), ("$instance", ".*")].reduce(expression) {
        $0.replacingOccurrences(of: $1.0, with: $1.1)
      }
    }
    let panels = document.panels.filter { $0.type != "row" && $0.type != "text" }
    panelCount = panels.count
    let asked = document.annotations.list.filter { $0.expr != nil }
    queries =
      panels.flatMap { panel in (panel.targets ?? []).map { (panel.title, filled($0.expr)) } }
      + asked.filter(\.enable).map { ($0.name, filled($0.expr ?? "")) }
    hiddenQueries = asked.filter { !$0.enable }.map { filled($0.expr ?? "") }
    choices = document.templating.list.compactMap { variable in
      guard let match = variable.definition?.firstMatch(of: /label_values\((.+), (\w+)\)/) else { return nil }
      return "count by (\(match.2)) (\(filled(String(match.1))))"
    }
  }

  private struct Document: Decodable {
    var panels: [Panel]
    var annotations: Annotations
    var templating: Templating
  }

  private struct Panel: Decodable {
    struct Target: Decodable { var expr: String }
    var title: String
    var type: String
    var targets: [Target]?
  }

  private struct Annotations: Decodable {
    struct Annotation: Decodable {
      var name: String
      var enable: Bool
      var expr: String?
    }
    var list: [Annotation]
  }

  private struct Templating: Decodable {
    struct Variable: Decodable { var definition: String? }
    var list: [Variable]
  }
}

/// One file of the dashboard. The files in the folder Page are compiled into the program.
package struct DashboardFile: Sendable {
  /// "main.js".
  package let name: String
  package let bytes: [UInt8]

  package var contentType: String {
    switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    default: "image/svg+xml"
    }
  }

  package static let page = DashboardFile(name: "index.html", bytes: PackageResources.index_html)

  /// The files that the page loads.
  package static let assets: [DashboardFile] = [
    DashboardFile(name: "icon.svg", bytes: PackageResources.icon_svg),
    DashboardFile(name: "base.css", bytes: PackageResources.base_css),
    DashboardFile(name: "charts.css", bytes: PackageResources.charts_css),
    DashboardFile(name: "parts.css", bytes: PackageResources.parts_css),
    DashboardFile(name: "api.js", bytes: PackageResources.api_js),
    DashboardFile(name: "chart.js", bytes: PackageResources.chart_js),
    DashboardFile(name: "charts.js", bytes: PackageResources.charts_js),
    DashboardFile(name: "controls.js", bytes: PackageResources.controls_js),
    DashboardFile(name: "dialog.js", bytes: PackageResources.dialog_js),
    DashboardFile(name: "dom.js", bytes: PackageResources.dom_js),
    DashboardFile(name: "guardrails.js", bytes: PackageResources.guardrails_js),
    DashboardFile(name: "lists.js", bytes: PackageResources.lists_js),
    DashboardFile(name: "main.js", bytes: PackageResources.main_js),
    DashboardFile(name: "now.js", bytes: PackageResources.now_js),
    DashboardFile(name: "series.js", bytes: PackageResources.series_js),
    DashboardFile(name: "stream.js", bytes: PackageResources.stream_js),
    DashboardFile(name: "verdict.js", bytes: PackageResources.verdict_js),
    DashboardFile(name: "words.js", bytes: PackageResources.words_js),
  ]
}

internal import CohortMetrics
internal import LocalServer

/// Which path answers what.
struct AdminRouter: Sendable {
  private struct Route: Sendable {
    let path: String
    let method: String
    let answer: @Sendable (Request) -> Response
  }

  private let routes: [Route]

  init(_ view: AdminView) {
    routes = [
      Route(path: "/metrics", method: "GET") { _ in view.metricsPage },
      Route(path: "/healthz", method: "GET") { _ in .text("ok\n") },
      Route(path: "/readyz", method: "GET") { _ in view.readiness },
      Route(path: "/api/v1/status", method: "GET") { _ in view.statusPage },
    ]
  }

  func answer(_ request: Request) -> Response {
    let here = routes.filter { $0.path == request.path }
    // The server sends no body in answer to HEAD.
    let method = request.method == "HEAD" ? "GET" : request.method
    var response = here.first { $0.method == method }?.answer(request) ?? refuse(request, here.map(\.method))
    response.headers.append(Header("Cache-Control", "no-store"))
    return response
  }

  private func refuse(_ request: Request, _ methods: [String]) -> Response {
    let paths = routes.map(\.path)
    guard !methods.isEmpty else {
      return ErrorDocument(error: "Nothing is at this path.", paths: paths).response(status: 404)
    }
    let allowed = methods.flatMap { $0 == "GET" ? [$0, "HEAD"] : [$0] }.joined(separator: ", ")
    let error = ErrorDocument(error: "This path answers \(allowed) only.", paths: [request.path])
    var response = error.response(status: 405)
    response.headers.append(Header("Allow", allowed))
    return response
  }
}

extension AdminView {
  fileprivate var readiness: Response {
    isDraining() ? .text("draining: the last requests finish, no new connections\n", status: 503) : .text("ok\n")
  }

  fileprivate var metricsPage: Response {
    let text = metrics.prometheusText(metrics.totals(), extra: controlReading.families)
    return Response(contentType: PrometheusText.contentType, body: .whole(text))
  }

  fileprivate var statusPage: Response { .json(JSONText.of(statusDocument)) }
}

internal import CohortMetrics
internal import JSON
internal import LocalServer

/// Which path answers what, and to whom: first the guard, then the path, then what changing needs.
struct AdminRouter: Sendable {
  private let view: AdminView
  private let access: AdminGuard
  let routes: [AdminRoute]

  init(_ view: AdminView, _ access: AdminGuard) {
    self.view = view
    self.access = access
    routes =
      view.readingRoutes + view.eventRoutes + view.measuredRoutes + view.editingRoutes + view.evaluationRoutes
      + view.dashboardRoutes
  }

  func answer(_ request: Request) -> Reply {
    if let refusal = access.refusal(of: request) { return refuse(refusal) }
    let here = routes.compactMap { route in route.path.match(request.path).map { (route: route, values: $0) } }
    // The server sends no body in answer to HEAD.
    let method = request.method == "HEAD" ? "GET" : request.method
    guard let (route, values) = here.first(where: { $0.route.method == method }) else {
      return .now(refuse(request, here.map(\.route.method)).notStored)
    }
    if route.kind == .changes, let refusal = access.refusal(ofChange: request) { return refuse(refusal) }
    if route.kind != .reads, let refusal = AdminGuard.refusal(ofBody: request) { return refuse(refusal) }
    switch route.answer(AdminCall(request: request, values: values)) {
    case .now(let response): return .now(response.notStored)
    case .later(let answer): return .later(answer)
    }
  }

  private func refuse(_ refusal: AdminRefusal) -> Reply { .now(view.refusals.response(to: refusal).notStored) }

  private func refuse(_ request: Request, _ methods: [String]) -> Response {
    guard !methods.isEmpty else {
      let paths = routes.map(\.path.text)
      let unique = paths.enumerated().filter { paths.firstIndex(of: $0.element) == $0.offset }.map(\.element)
      return ErrorDocument(error: "Nothing is at this path.", paths: unique).response(status: 404)
    }
    let allowed = methods.flatMap { $0 == "GET" ? [$0, "HEAD"] : [$0] }.joined(separator: ", ")
    let error = ErrorDocument(error: "This path answers \(allowed) only.", paths: [request.path])
    var response = error.response(status: 405)
    response.headers.append(Header("Allow", allowed))
    return response
  }
}

extension Response {
  /// Nothing here is worth keeping, and some of it must not be kept.
  var notStored: Response {
    var response = self
    response.headers.append(Header("Cache-Control", "no-store"))
    return response
  }
}

extension AdminView {
  var readingRoutes: [AdminRoute] {
    [
      AdminRoute("GET", "/metrics", .reads) { _ in metricsPage },
      AdminRoute("GET", "/healthz", .reads) { _ in .text("ok\n") },
      AdminRoute("GET", "/readyz", .reads) { _ in readiness },
      AdminRoute("GET", "/api/v1/status", .reads) { _ in .json(JSONText.body(statusDocument)) },
      AdminRoute("GET", "/api/v1/openapi.json", .reads) { _ in .json(OpenAPI.document(version: process.version)) },
    ]
  }

  private var readiness: Response {
    isDraining() ? .text("draining: the last requests finish, no new connections\n", status: 503) : .text("ok\n")
  }

  private var metricsPage: Response {
    let families = controlReading.families + moreFamilies() + [refusals.family] + listenerFamilies
    let text = metrics.prometheusText(metrics.totals(), extra: families)
    return Response(contentType: PrometheusText.contentType, body: .whole(text))
  }
}

internal import Bytes
internal import CohortMetrics
internal import Concurrency
internal import FlagStore
internal import Flags
internal import JSON
internal import LocalServer

/// Maps requests to handlers: first the guard, then the path, then the conditions of changes.
struct AdminRouter: Sendable {
  private let view: AdminView
  private let access: AdminGuard
  let routes: [AdminRoute]

  init(_ view: AdminView, _ access: AdminGuard) {
    self.view = view
    self.access = access
    routes =
      view.readingRoutes + view.eventRoutes + view.historyRoutes + view.editingRoutes + view.evaluationRoutes
      + view.dashboardRoutes
  }

  func reply(to request: Request) -> Reply {
    if let refusal = access.refusal(of: request) { return refuse(refusal) }
    let matches = routes.compactMap { route in route.path.match(request.path).map { (route: route, values: $0) } }
    // The server omits the body of a response to HEAD.
    let method = request.method == "HEAD" ? "GET" : request.method
    guard let (route, values) = matches.first(where: { $0.route.method == method }) else {
      return .now(refuse(request, matches.map(\.route.method)).notStored)
    }
    if route.kind == .changes, let refusal = access.refusal(ofChange: request) { return refuse(refusal) }
    if route.kind != .reads, let refusal = AdminGuard.refusal(ofBody: request) { return refuse(refusal) }
    switch route.handler(AdminCall(request: request, values: values)) {
    case .now(let response): return .now(response.notStored)
    case .later(let response): return .later(response)
    }
  }

  private func refuse(_ refusal: AdminRefusal) -> Reply { .now(view.refusals.response(to: refusal).notStored) }

  private func refuse(_ request: Request, _ methods: [String]) -> Response {
    guard !methods.isEmpty else {
      let paths = routes.map(\.path.text)
      let unique = paths.enumerated().filter { paths.firstIndex(of: $0.element) == $0.offset }.map(\.element)
      return ErrorBody(error: "There is nothing at this path.", paths: unique).response(status: 404)
    }
    let allowed = methods.flatMap { $0 == "GET" ? [$0, "HEAD"] : [$0] }.joined(separator: ", ")
    let error = ErrorBody(error: "This path accepts \(allowed) only.", paths: [request.path])
    var response = error.response(status: 405)
    response.headers.append(Header("Allow", allowed))
    return response
  }
}

extension Response {
  /// Keeps caches from storing the response: every response is out of date at once, and some are private.
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
    isDraining()
      ? .text("draining: the last requests finish; new connections are refused\n", status: 503) : .text("ok\n")
  }

  private var metricsPage: Response {
    let families = controlReading.families + moreFamilies() + [refusals.family] + eventFamilies
    let text = metrics.prometheusText(metrics.totals(), extra: families)
    return Response(contentType: PrometheusText.contentType, body: .whole(text))
  }
}

/// One method of one path, and its handler.
struct AdminRoute: Sendable {
  /// What a request must satisfy.
  enum Kind: Sendable {
    case reads
    /// Has a JSON body and changes nothing.
    case asks
    /// Needs the token or the socket.
    case changes
  }

  let method: String
  let path: PathTemplate
  let kind: Kind
  let handler: @Sendable (AdminCall) -> Reply

  init(_ method: String, _ path: String, _ kind: Kind, deferred handler: @escaping @Sendable (AdminCall) -> Reply) {
    self.method = method
    self.path = PathTemplate(path)
    self.kind = kind
    self.handler = handler
  }

  init(_ method: String, _ path: String, _ kind: Kind, _ handler: @escaping @Sendable (AdminCall) -> Response) {
    self.init(method, path, kind, deferred: { .now(handler($0)) })
  }
}

/// A request that passed the guard, with the values in its path.
struct AdminCall: Sendable {
  let request: Request
  /// The values of the placeholders in the path.
  let values: [String]

  /// The only value; empty without placeholders.
  var key: String { values.first ?? "" }
}

/// A path with placeholders for whole segments: "/api/v1/flags/{key}".
struct PathTemplate: Sendable, Equatable {
  let text: String
  private let segments: [Substring]

  init(_ text: String) {
    self.text = text
    segments = text.split(separator: "/", omittingEmptySubsequences: false)
  }

  /// The decoded values of the placeholders; nil when the path does not match.
  func match(_ path: String) -> [String]? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == segments.count else { return nil }
    var values: [String] = []
    for (segment, part) in zip(segments, parts) {
      if segment.hasPrefix("{") {
        guard let value = PercentEncoding.decode(part), !value.isEmpty else { return nil }
        values.append(value)
      } else if segment != part {
        return nil
      }
    }
    return values
  }
}

extension AdminView {
  /// The flag of a query: the one it names, else the standard one, else the only one. Commands that change a flag use the
  /// same rule, so that nobody compares one flag and raises another.
  func chosenFlag(_ name: String?) throws(QueryError) -> String {
    let names = flags.load().flags.map(\.name)
    let list = names.isEmpty ? "none" : names.prefix(20).joined(separator: ", ")
    if let name {
      guard names.contains(name) else {
        throw QueryError("No route uses a flag of that name. Flags in use: \(list).", status: 404)
      }
      return name
    }
    if names.contains(Flag.standardName) { return Flag.standardName }
    guard names.count == 1 else {
      throw QueryError("There are several flags; choose one with flag=NAME: \(list).")
    }
    return names[0]
  }
}

/// The known parameters of a query, decoded, each at most once. Unknown ones are ignored.
struct QueryParameters {
  private var values: [String: String] = [:]

  init(_ query: String, known: Set<String>) throws(QueryError) {
    for part in query.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(pair[0]), known.contains(name) else { continue }
      let value = pair.count == 2 ? PercentEncoding.decode(pair[1]) ?? "" : ""
      guard values.updateValue(value, forKey: name) == nil else { throw QueryError("\(name) occurs twice.") }
    }
  }

  subscript(name: String) -> String? { values[name] }

  func flag() throws(QueryError) -> String? {
    guard let name = values["flag"] else { return nil }
    guard FlagLimits.isName(name) else { throw QueryError("flag is not the name of a flag.") }
    return name
  }
}

/// What is wrong with a query.
struct QueryError: Error {
  let description: String
  let status: Int

  init(_ description: String, status: Int = 400) { (self.description, self.status) = (description, status) }

  var response: Response { ErrorBody(error: description).response(status: status) }
}

internal import Dashboard
internal import JSON

/// The OpenAPI 3.1 description of the admin port, served as `/api/v1/openapi.json`.
///
/// It is JSON written by hand and assembled here; the responses that follow from the kind of a route are added once. Tests
/// compare it with the routes and run it against a server.
enum OpenAPI {
  static func document(version: String) -> [UInt8] {
    let title = "\"title\": \"Turnout admin API\", \"version\": \(JSONText.quoted(version)), \"description\": \(about)"
    let parts = [
      "\"openapi\": \"3.1.0\"", "\"info\": {\(title)}", "\"servers\": [{\"url\": \"/\"}]", "\"paths\": {\(paths)}",
      "\"components\": {\(security), \(responses), \"schemas\": {\(schemas)}}",
    ]
    return Array("{\(parts.joined(separator: ",\n"))}\n".utf8)
  }

  private static let about = #"""
    "Metrics, status, evaluation and the editing of flags. Reading is open. Changes over TCP need the token; over the Unix socket the mode of its file protects them."
    """#

  static let operations =
    readingOperations + historyOperations + flagOperations + localOperations + evaluationOperations
    + dashboardOperations

  private static var paths: String {
    var order: [String] = []
    for operation in operations where !order.contains(operation.path) { order.append(operation.path) }
    return order.map { path in
      let methods = operations.filter { $0.path == path }.map(\.text)
      return "\"\(path)\": {\(methods.joined(separator: ",\n"))}"
    }.joined(separator: ",\n")
  }

  private static let security = #"""
    "securitySchemes": {"token": {"type": "http", "scheme": "bearer",
      "description": "The content of the token file. Not needed on the Unix socket."}}
    """#

  private static var responses: String {
    let all = [
      error("Malformed", "The request is malformed; nothing was changed."),
      error(
        "NoToken", "The token is missing or wrong.",
        headers: #"{"WWW-Authenticate": {"required": true, "schema": {"type": "string"}}}"#),
      error("Refused", "A page of another origin, or another user."),
      error("Unknown", "There is no such flag."),
      error("TooSlow", "The request did not arrive in time."),
      error("TooLarge", "The body is longer than 1 MiB."),
      error("MediaType", "The body is not declared as JSON."),
      error("OtherHost", "The name in Host is unknown; see admin_hosts."),
      error("NoStore", "The store does not answer, or too many requests wait for it."),
      error("TooLate", "The response was not ready within 10 s."),
    ]
    return "\"responses\": {\(all.joined(separator: ",\n"))}"
  }

  private static func error(_ name: String, _ description: String, headers: String? = nil) -> String {
    let extra = headers.map { ", \"headers\": \($0)" } ?? ""
    return "\"\(name)\": {\"description\": \"\(description)\", \(json("Error"))\(extra)}"
  }

  /// A JSON body with that schema.
  static func json(_ schema: String) -> String {
    ##""content": {"application/json": {"schema": {"$ref": "#/components/schemas/\##(schema)"}}}"##
  }
}

/// One method of one path.
struct OpenAPIOperation: Sendable {
  let method: String
  let path: String
  let kind: AdminRoute.Kind
  /// Members of the operation, in JSON.
  let about: String
  /// Its responses, besides those that follow from the kind.
  let responses: String

  init(_ method: String, _ path: String, _ kind: AdminRoute.Kind, _ about: String, responses: String) {
    self.method = method
    self.path = path
    self.kind = kind
    self.about = about
    self.responses = responses
  }

  var text: String {
    let security = kind == .changes ? ", \"security\": [{\"token\": []}]" : ""
    let all = ([responses] + common.map(Self.reference)).joined(separator: ", ")
    return "\"\(method.lowercased())\": {\(about)\(security), \"responses\": {\(all)}}"
  }

  private var common: [(status: Int, name: String)] {
    let reads = [(403, "Refused"), (421, "OtherHost")]
    let asks = [(408, "TooSlow"), (413, "TooLarge"), (415, "MediaType")]
    let changes = [(400, "Malformed"), (401, "NoToken"), (503, "NoStore"), (504, "TooLate")]
    switch kind {
    case .reads: return reads
    case .asks: return reads + asks
    case .changes: return reads + asks + changes
    }
  }

  private static func reference(_ status: Int, _ name: String) -> String {
    "\"\(status)\": {\"$ref\": \"#/components/responses/\(name)\"}"
  }
}

extension OpenAPI {
  static let readingOperations = [
    OpenAPIOperation(
      "GET", "/healthz", .reads, #""operationId": "healthz", "summary": "Whether the process is alive""#,
      responses: #""200": {"description": "It is.", "content": {"text/plain": {"schema": {"const": "ok\n"}}}}"#),
    OpenAPIOperation(
      "GET", "/readyz", .reads, #""operationId": "readyz", "summary": "Whether the proxy accepts new connections""#,
      responses: #"""
        "200": {"description": "It does.", "content": {"text/plain": {"schema": {"const": "ok\n"}}}},
        "503": {"description": "The process drains.", "content": {"text/plain": {"schema": {"type": "string"}}}}
        """#),
    OpenAPIOperation(
      "GET", "/metrics", .reads, #""operationId": "metrics", "summary": "Counters for Prometheus""#,
      responses: #"""
        "200": {"description": "Text of the exposition format 0.0.4.",
          "content": {"text/plain": {"schema": {"type": "string"}}}}
        """#),
    OpenAPIOperation(
      "GET", "/api/v1/status", .reads, #""operationId": "status", "summary": "What is in force, and counters""#,
      responses: #"""
        "200": {"description": "The present status.", \#(json("Status"))}
        """#),
    OpenAPIOperation(
      "GET", "/api/v1/events", .reads,
      #"""
      "operationId": "events", "summary": "A stream of events about one flag",
      "parameters": [{"name": "flag", "in": "query", "schema": {"$ref": "#/components/schemas/Name"},
        "description": "Default: the standard flag, or the only one."}]
      """#,
      responses: #"""
        "200": {"description": "Events `status` (Status), `windows`, `comparison` and `audit`, each with a document in JSON.",
          "content": {"text/event-stream": {"schema": {"type": "string"}}}},
        "400": {"$ref": "#/components/responses/Malformed"}, "404": {"$ref": "#/components/responses/Unknown"},
        "503": {"description": "Too many event streams are open.", \#(json("Error"))}
        """#),
    OpenAPIOperation(
      "GET", "/api/v1/openapi.json", .reads, #""operationId": "openapi", "summary": "This document""#,
      responses: #"""
        "200": {"description": "OpenAPI 3.1.",
          "content": {"application/json": {"schema": {"type": "object", "required": ["openapi", "info", "paths"]}}}}
        """#),
  ]
}

extension OpenAPI {
  private static let names = DashboardFile.assets.map { JSONText.quoted($0.name) }.joined(separator: ", ")

  static let dashboardOperations = [
    OpenAPIOperation(
      "GET", "/", .reads, #""operationId": "dashboard", "summary": "The dashboard, for a browser""#,
      responses: #""200": {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}}"#),
    OpenAPIOperation(
      "GET", "/assets/{name}", .reads,
      #"""
      "operationId": "asset", "summary": "A file of the dashboard",
      "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"enum": [\#(names)]}}]
      """#,
      responses: #"""
        "200": {"description": "A file.", "content": {"text/javascript": {"schema": {"type": "string"}},
          "text/css": {"schema": {"type": "string"}}, "image/svg+xml": {"schema": {"type": "string"}}}},
        "404": {"description": "There is no such file.", \#(json("Error"))}
        """#),
  ]
}

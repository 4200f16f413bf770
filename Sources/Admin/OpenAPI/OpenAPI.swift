internal import JSON

/// The description of the admin port for programs: OpenAPI 3.1, served as `/api/v1/openapi.json`.
///
/// It is written by hand beside the code, in JSON, and put together here: what follows from the kind of a route (who is
/// refused, which bodies are) is said once. Tests compare it with the routes and let it be tried out against a server.
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
    "Metrics, status, evaluation and the editing of flags. Reading is open; what changes something needs the token over TCP, and the Unix socket nothing but its file mode."
    """#

  static let operations =
    readingOperations + measuredOperations + flagOperations + localOperations + evaluationOperations
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
      "description": "The content of the token file. Not asked for on the Unix socket."}}
    """#

  private static var responses: String {
    let all = [
      error("Malformed", "Something in the request is not as it should be; nothing was changed."),
      error(
        "NoToken", "The token is missing or wrong.",
        headers: #"{"WWW-Authenticate": {"required": true, "schema": {"type": "string"}}}"#),
      error("Refused", "A page of another origin, or another user."),
      error("Unknown", "There is no such flag."),
      error("TooSlow", "The request did not arrive in time."),
      error("TooLarge", "The body is longer than 1 MiB."),
      error("MediaType", "The body is not sent as JSON."),
      error("OtherHost", "The name in Host is not known; see admin_hosts."),
      error("NoStore", "The store does not answer, or too many requests wait for it."),
      error("TooLate", "The answer was not ready within 10 s."),
    ]
    return "\"responses\": {\(all.joined(separator: ",\n"))}"
  }

  private static func error(_ name: String, _ description: String, headers: String? = nil) -> String {
    let content = ##"{"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}"##
    let extra = headers.map { ", \"headers\": \($0)" } ?? ""
    return "\"\(name)\": {\"description\": \"\(description)\", \"content\": \(content)\(extra)}"
  }
}

/// One method of one path.
struct OpenAPIOperation: Sendable {
  let method: String
  let path: String
  let kind: AdminRoute.Kind
  /// Members of the operation, in JSON.
  let about: String
  /// Members of its responses, besides those that follow from the kind.
  let answers: String

  init(_ method: String, _ path: String, _ kind: AdminRoute.Kind, _ about: String, answers: String) {
    self.method = method
    self.path = path
    self.kind = kind
    self.about = about
    self.answers = answers
  }

  var text: String {
    let security = kind == .changes ? ", \"security\": [{\"token\": []}]" : ""
    let all = ([answers] + common.map(Self.reference)).joined(separator: ", ")
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

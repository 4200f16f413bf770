internal import Dashboard
internal import JSON

extension OpenAPI {
  private static let names = DashboardFile.assets.map { JSONText.quoted($0.name) }.joined(separator: ", ")

  static let dashboardOperations = [
    OpenAPIOperation(
      "GET", "/", .reads, #""operationId": "dashboard", "summary": "The dashboard, for a browser""#,
      answers: #""200": {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}}"#),
    OpenAPIOperation(
      "GET", "/assets/{name}", .reads,
      #"""
      "operationId": "asset", "summary": "What the dashboard loads",
      "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"enum": [\#(names)]}}]
      """#,
      answers: #"""
        "200": {"description": "A file.", "content": {"text/javascript": {"schema": {"type": "string"}},
          "text/css": {"schema": {"type": "string"}}, "image/svg+xml": {"schema": {"type": "string"}}}},
        "404": {"description": "There is no such file.",
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
        """#),
  ]
}

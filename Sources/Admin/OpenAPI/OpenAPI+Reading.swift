extension OpenAPI {
  static let readingOperations = [
    OpenAPIOperation(
      "GET", "/healthz", .reads, #""operationId": "healthz", "summary": "Whether the process lives""#,
      answers: #""200": {"description": "It does.", "content": {"text/plain": {"schema": {"const": "ok\n"}}}}"#),
    OpenAPIOperation(
      "GET", "/readyz", .reads, #""operationId": "readyz", "summary": "Whether new connections are welcome""#,
      answers: #"""
        "200": {"description": "They are.", "content": {"text/plain": {"schema": {"const": "ok\n"}}}},
        "503": {"description": "The process drains.", "content": {"text/plain": {"schema": {"type": "string"}}}}
        """#),
    OpenAPIOperation(
      "GET", "/metrics", .reads, #""operationId": "metrics", "summary": "Counters for Prometheus""#,
      answers: #"""
        "200": {"description": "Text of the exposition format 0.0.4.",
          "content": {"text/plain": {"schema": {"type": "string"}}}}
        """#),
    OpenAPIOperation(
      "GET", "/api/v1/status", .reads, #""operationId": "status", "summary": "What is in force, and how it does""#,
      answers: #"""
        "200": {"description": "The status at this moment.",
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}}}
        """#),
    OpenAPIOperation(
      "GET", "/api/v1/events", .reads,
      #"""
      "operationId": "events", "summary": "What happens, as it happens: a stream of events without an end",
      "parameters": [{"name": "flag", "in": "query", "schema": {"$ref": "#/components/schemas/Name"},
        "description": "The first one unless given."}]
      """#,
      answers: #"""
        "200": {"description": "Events `status` (Status), `windows`, `comparison` and `audit`, each with a document in JSON.",
          "content": {"text/event-stream": {"schema": {"type": "string"}}}},
        "400": {"$ref": "#/components/responses/Malformed"}, "404": {"$ref": "#/components/responses/Unknown"},
        "503": {"description": "So many listen already.",
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
        """#),
    OpenAPIOperation(
      "GET", "/api/v1/openapi.json", .reads, #""operationId": "openapi", "summary": "This document""#,
      answers: #"""
        "200": {"description": "OpenAPI 3.1.",
          "content": {"application/json": {"schema": {"type": "object", "required": ["openapi", "info", "paths"]}}}}
        """#),
  ]
}

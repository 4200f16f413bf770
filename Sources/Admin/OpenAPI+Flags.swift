extension OpenAPI {
  private static let key = ##"{"$ref": "#/components/schemas/Name"}"##
  private static var keyParameter: String {
    #"{"name": "key", "in": "path", "required": true, "schema": \#(key)}"#
  }
  private static func ifMatch(required: Bool) -> String {
    #"""
    {"name": "If-Match", "in": "header", "required": \#(required), "schema": {"type": "string",
      "anyOf": [{"const": "*"}, {"pattern": "^\"[0-9]{1,16}\"$"}]},
      "description": "The ETag that the change is based on, such as \"7\"; * for any."}
    """#
  }
  private static let tag = #"""
    "headers": {"ETag": {"required": true, "description": "The revision in double quotes.",
      "schema": {"type": "string", "pattern": "^\"[0-9]+\"$"}}}
    """#
  private static func body(_ schema: String, required: Bool) -> String {
    #""requestBody": {"required": \#(required), \#(json(schema))}"#
  }

  /// The responses to an edit at the store.
  private static let editResponses = #"""
    "200": {"description": "Stored, or already so.", \#(tag), \#(json("EditResult"))},
    "404": {"description": "There is no such flag.", \#(json("EditRefusal"))},
    "409": {"description": "Another change came first; nothing was changed.", \#(json("EditRefusal"))},
    "412": {"description": "The flag has another revision; nothing was changed.", \#(json("EditRefusal"))}
    """#

  static let flagOperations = [
    OpenAPIOperation(
      "GET", "/api/v1/flags", .reads, #""operationId": "flags", "summary": "All flags in force, with their lists""#,
      responses: #""200": {"description": "The flags by which the workers decide.", \#(json("FlagList"))}"#),
    OpenAPIOperation(
      "GET", "/api/v1/flags/{key}", .reads,
      #""operationId": "flag", "summary": "One flag in force", "parameters": [\#(keyParameter)]"#,
      responses: #"""
        "200": {"description": "The flag by which the workers decide.", \#(tag), \#(json("Flag"))},
        "404": {"$ref": "#/components/responses/Unknown"}
        """#),
    OpenAPIOperation(
      "PUT", "/api/v1/flags/{key}", .changes,
      #"""
      "operationId": "replace", "summary": "Set the percentage and, if given, the lists",
      "parameters": [\#(keyParameter), \#(ifMatch(required: true))], \#(body("Replacement", required: true))
      """#,
      responses: editResponses + #", "428": {"description": "If-Match is missing.", \#(json("Error"))}"#),
    OpenAPIOperation(
      "POST", "/api/v1/flags/{key}/kill", .changes,
      #"""
      "operationId": "kill", "summary": "Send everyone to legacy; the percentage is kept",
      "parameters": [\#(keyParameter), \#(ifMatch(required: false))], \#(body("Kill", required: false))
      """#, responses: editResponses),
    OpenAPIOperation(
      "POST", "/api/v1/flags/{key}/restore", .changes,
      #"""
      "operationId": "restore", "summary": "Return to the kept percentage",
      "parameters": [\#(keyParameter), \#(ifMatch(required: false))], \#(body("Note", required: false))
      """#, responses: editResponses),
    OpenAPIOperation(
      "GET", "/api/v1/audit", .reads,
      #"""
      "operationId": "audit", "summary": "The latest changes, newest first", "parameters": [
        {"name": "flag", "in": "query", "schema": \#(key)},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}}]
      """#,
      responses: #"""
        "200": {"description": "Changes.", \#(json("AuditTrail"))},
        "400": {"$ref": "#/components/responses/Malformed"}, "503": {"$ref": "#/components/responses/NoStore"},
        "504": {"$ref": "#/components/responses/TooLate"}
        """#),
    OpenAPIOperation(
      "GET", "/api/v1/proxies", .reads, #""operationId": "proxies", "summary": "The proxies that share the store""#,
      responses: #"""
        "200": {"description": "The proxies seen lately.", \#(json("ProxyList"))},
        "503": {"$ref": "#/components/responses/NoStore"}, "504": {"$ref": "#/components/responses/TooLate"}
        """#),
  ]

  static let localOperations = [
    OpenAPIOperation(
      "POST", "/api/v1/kill", .changes,
      #"""
      "operationId": "killLocally", "summary": "This proxy alone: everyone to legacy, whatever is stored",
      \#(body("Kill", required: false))
      """#, responses: #""200": {"description": "In force.", \#(json("LocalState"))}"#),
    OpenAPIOperation(
      "POST", "/api/v1/restore", .changes,
      #"""
      "operationId": "restoreLocally", "summary": "This proxy alone: back to what is stored",
      \#(body("Note", required: false))
      """#, responses: #""200": {"description": "In force.", \#(json("LocalState"))}"#),
  ]

  static let evaluationOperations = [
    OpenAPIOperation(
      "POST", "/ofrep/v1/evaluate/flags/{key}", .asks,
      #"""
      "operationId": "evaluate", "summary": "OFREP: one flag for one user", "parameters": [\#(keyParameter)],
      \#(body("EvaluationRequest", required: true))
      """#,
      responses: #"""
        "200": {"description": "The evaluation.", \#(json("Evaluation"))},
        "400": {"description": "No evaluation.", \#(json("EvaluationFailure"))},
        "404": {"description": "No route uses that flag.", \#(json("FlagNotFound"))}
        """#),
    OpenAPIOperation(
      "POST", "/ofrep/v1/evaluate/flags", .asks,
      #"""
      "operationId": "evaluateAll", "summary": "OFREP: all flags for one user",
      "parameters": [{"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}],
      \#(body("EvaluationRequest", required: true))
      """#,
      responses: #"""
        "200": {"description": "The evaluations.", "headers": {"ETag": {"required": true,
          "schema": {"type": "string"}}}, \#(json("Evaluations"))},
        "304": {"description": "Unchanged since the ETag in If-None-Match."},
        "400": {"description": "No evaluation.", \#(json("BulkFailure"))}
        """#),
  ]
}

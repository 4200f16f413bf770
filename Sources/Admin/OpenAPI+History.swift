extension OpenAPI {
  private static let flag =
    ##"{"name": "flag", "in": "query", "schema": {"$ref": "#/components/schemas/Name"}, "##
    + #""description": "Default: the standard flag, or the only one."}"#

  private static let refusals = ##"""
    "400": {"$ref": "#/components/responses/Malformed"}, "404": {"$ref": "#/components/responses/Unknown"},
    "503": {"description": "This proxy records no windows.", \##(json("Error"))}
    """##

  static let historyOperations = [
    OpenAPIOperation(
      "GET", "/api/v1/compare", .reads,
      #"""
      "operationId": "compare", "summary": "Compare unified with legacy", "parameters": [\#(flag),
        {"name": "since", "in": "query", "description": "stage, or a period of at most a week.",
          "schema": {"type": "string", "default": "stage", "anyOf": [{"const": "stage"},
            {"pattern": "^([1-9][0-9]{0,4}s|[1-9][0-9]{0,3}m|([1-9][0-9]?|1[0-5][0-9]|16[0-8])h|[1-7]d)$"}]}}]
      """#,
      responses: #""200": {"description": "Both cohorts, and a verdict.", \#(json("Comparison"))}, \#(refusals)"#),
    OpenAPIOperation(
      "GET", "/api/v1/windows", .reads,
      #"""
      "operationId": "windows", "summary": "Counts over time, for charts", "parameters": [\#(flag),
        {"name": "resolution", "in": "query", "schema": {"type": "string", "enum": ["1", "60"], "default": "60"}},
        {"name": "from", "in": "query", "description": "Seconds since 1970.",
          "schema": {"type": "string", "pattern": "^[0-9]{1,11}([.][0-9]{1,11})?$"}}]
      """#,
      responses: #""200": {"description": "Windows and flag changes.", \#(json("Windows"))}, \#(refusals)"#),
  ]

  private static let number = #"{"type": "number"}"#
  private static let count = ##"{"$ref": "#/components/schemas/Count"}"##
  /// Members with unknown values are left out.
  static let historySchemas = ##"""
    "Verdict": {"enum": ["harmful", "safe", "undecided"]},
    "CohortFigures": {"type": "object", "required": ["requests", "left_out", "users", "users_exact", "errors", "created"],
      "properties": {"requests": \##(count), "left_out": \##(count), "users": {"type": "number", "minimum": 0},
        "users_exact": {"type": "boolean"}, "errors": \##(count), "created": \##(count),
        "error_rate": {"type": "number", "minimum": 0, "maximum": 1},
        "slow_share": {"type": "number", "minimum": 0, "maximum": 1},
        "slowest_share": {"type": "number", "minimum": 0, "maximum": 1}, "mean_ms": \##(number), "p50_ms": \##(number),
        "p90_ms": \##(number), "p95_ms": \##(number), "p99_ms": \##(number), "p999_ms": \##(number)}},
    "Comparison": {"type": "object", "required": ["flag", "enabled", "percentage", "revision", "scope", "from", "to",
      "seconds", "stages", "proxies", "silent_proxies", "legacy", "unified", "guardrails", "sample_ratio", "verdict",
      "sentence"], "properties": {"flag": {"$ref": "#/components/schemas/Name"}, "enabled": {"type": "boolean"},
        "percentage": {"$ref": "#/components/schemas/Percentage"}, "revision": \##(count),
        "scope": {"enum": ["stage", "since"]}, "from": {"type": "string"}, "to": {"type": "string"},
        "seconds": {"type": "number", "minimum": 0}, "stages": {"type": "array", "minItems": 1, "items": {"type": "object",
          "required": ["from", "percentage", "enabled", "revision", "requests"], "properties": {
            "from": {"type": "string"}, "percentage": {"$ref": "#/components/schemas/Percentage"},
            "enabled": {"type": "boolean"}, "revision": \##(count), "requests": \##(count)}}},
        "proxies": {"type": "integer", "minimum": 1}, "silent_proxies": {"type": "array", "items": {"type": "string"}},
        "legacy": {"$ref": "#/components/schemas/CohortFigures"},
        "unified": {"$ref": "#/components/schemas/CohortFigures"},
        "guardrails": {"type": "array", "items": {"type": "object", "required": ["name", "margin", "verdict"],
          "properties": {"name": {"enum": ["error_rate", "slow_requests", "slowest_requests", "mean_latency",
            "conversations_created"]}, "legacy": \##(number), "unified": \##(number), "difference": \##(number), "lower": \##(number),
            "upper": \##(number), "margin": \##(number), "verdict": {"enum": ["harmful", "safe", "undecided", "absent"]},
            "shortage": {"enum": ["one_cohort_only", "few_requests", "few_users", "nothing_measured", "not_reported"]},
            "advice": {"type": "string"}, "detectable": \##(number), "seconds_to_verdict": \##(number)}}},
        "slow_ms": \##(number), "slowest_ms": \##(number),
        "sample_ratio": {"type": "object", "required": ["expected", "checked", "off"], "properties": {
          "expected": \##(number), "seen": \##(number), "p": \##(number), "checked": {"type": "boolean"},
          "off": {"type": "boolean"}}},
        "verdict": {"$ref": "#/components/schemas/Verdict"}, "sentence": {"type": "string"}}},
    "WindowFigures": {"type": "object", "required": ["requests", "errors", "created"], "properties": {
      "requests": \##(count), "errors": \##(count), "created": \##(count), "p50_ms": \##(number), "p95_ms": \##(number),
      "p99_ms": \##(number)}},
    "Windows": {"type": "object", "required": ["flag", "resolution", "fleet", "windows", "marks"], "properties": {
      "flag": {"$ref": "#/components/schemas/Name"}, "resolution": {"enum": [1, 60]}, "fleet": {"type": "boolean"},
      "windows": {"type": "array", "items": {"type": "object", "required": ["at", "seconds", "legacy", "unified"],
        "properties": {"at": \##(number), "seconds": \##(number),
          "legacy": {"$ref": "#/components/schemas/WindowFigures"},
          "unified": {"$ref": "#/components/schemas/WindowFigures"}}}},
      "marks": {"type": "array", "items": {"type": "object", "required": ["at", "revision", "enabled", "percentage",
        "local"], "properties": {"at": \##(number), "revision": \##(count), "enabled": {"type": "boolean"},
          "percentage": {"$ref": "#/components/schemas/Percentage"}, "by": {"type": "string"},
          "reason": {"type": "string"}, "local": {"type": "boolean"}}}}}},
    """##
}

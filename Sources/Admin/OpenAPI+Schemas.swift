extension OpenAPI {
  static let schemas = #"""
    "Name": {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,128}$"},
    "Percentage": {"type": "number", "minimum": 0, "maximum": 100},
    "Count": {"type": "integer", "minimum": 0},
    "Author": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$",
      "description": "Who makes the change; default: \"api\"."},
    "Reason": {"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"},
    "Users": {"type": "array", "maxItems": 10000, "items": {"$ref": "#/components/schemas/User"}},
    "User": {"type": "string", "minLength": 1, "maxLength": 256, "description": "At most 256 bytes in UTF-8."},
    "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"},
      "try": {"type": "array", "items": {"type": "string"}}}},
    "Flag": {"type": "object",
      "required": ["name", "enabled", "hard", "percentage", "salt", "hash", "allow", "deny", "revision"],
      "properties": {"name": {"$ref": "#/components/schemas/Name"}, "enabled": {"type": "boolean"},
        "hard": {"type": "boolean"}, "percentage": {"$ref": "#/components/schemas/Percentage"},
        "salt": {"type": "string"}, "hash": {"type": "string"}, "allow": {"type": "array", "items": {"type": "string"}},
        "deny": {"type": "array", "items": {"type": "string"}}, "revision": {"$ref": "#/components/schemas/Count"},
        "updated_at": {"type": "string"}, "updated_by": {"type": "string"}, "reason": {"type": "string"}}},
    "FlagList": {"type": "object", "required": ["generation", "killed_locally", "flags"], "properties": {
      "generation": {"$ref": "#/components/schemas/Count"}, "killed_locally": {"type": "boolean"},
      "flags": {"type": "array", "items": {"$ref": "#/components/schemas/Flag"}}}},
    "Replacement": {"type": "object", "required": ["percentage"], "additionalProperties": false, "properties": {
      "percentage": {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.001},
      "allow": {"$ref": "#/components/schemas/Users"}, "deny": {"$ref": "#/components/schemas/Users"},
      "reason": {"$ref": "#/components/schemas/Reason"}, "by": {"$ref": "#/components/schemas/Author"}}},
    "Kill": {"type": "object", "additionalProperties": false, "properties": {"hard": {"type": "boolean"},
      "reason": {"$ref": "#/components/schemas/Reason"}, "by": {"$ref": "#/components/schemas/Author"}}},
    "Note": {"type": "object", "additionalProperties": false, "properties": {
      "reason": {"$ref": "#/components/schemas/Reason"}, "by": {"$ref": "#/components/schemas/Author"}}},
    "EditResult": {"type": "object", "required": ["changed", "flag"], "properties": {
      "changed": {"type": "boolean"}, "flag": {"$ref": "#/components/schemas/Flag"}}},
    "EditRefusal": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"},
      "flag": {"$ref": "#/components/schemas/Flag"}}},
    "LocalState": {"type": "object", "required": ["changed", "killed_locally", "kept", "generation"], "properties": {
      "changed": {"type": "boolean"}, "killed_locally": {"type": "boolean"},
      "kept": {"type": "boolean", "description": "Whether it outlives a restart of the proxy."},
      "generation": {"$ref": "#/components/schemas/Count"}}},
    "AuditTrail": {"type": "object", "required": ["entries", "unreadable"], "properties": {
      "unreadable": {"$ref": "#/components/schemas/Count"},
      "entries": {"type": "array", "items": {"type": "object", "required": ["at", "flag", "action", "revision", "after"],
        "properties": {"at": {"type": "string"}, "flag": {"type": "string"}, "action": {"enum":
          ["set", "kill", "restore", "allow", "deny", "forget", "replace", "found", "deleted"]},
          "revision": {"$ref": "#/components/schemas/Count"}, "by": {"type": "string"}, "from": {"type": "string"},
          "reason": {"type": "string"}, "users": {"type": "array", "items": {"type": "string"}},
          "before": {"$ref": "#/components/schemas/AuditState"},
          "after": {"$ref": "#/components/schemas/AuditState"}}}}}},
    "AuditState": {"type": "object", "required": ["enabled", "percentage", "allow_count", "deny_count", "revision"],
      "properties": {"enabled": {"type": "boolean"}, "percentage": {"$ref": "#/components/schemas/Percentage"},
        "hard": {"type": "boolean"}, "salt": {"type": "string"}, "lists_fingerprint": {"type": "string"},
        "allow_count": {"$ref": "#/components/schemas/Count"}, "deny_count": {"$ref": "#/components/schemas/Count"},
        "revision": {"$ref": "#/components/schemas/Count"}}},
    "ProxyList": {"type": "object", "required": ["registered", "proxies"], "properties": {
      "registered": {"type": "boolean", "description": "Whether the store keeps a register; a file does not."},
      "proxies": {"type": "array", "items": {"type": "object", "required": ["id", "name", "version", "pid", "admin",
        "generation", "revisions", "killed_locally", "draining", "heard_at"], "properties": {
          "id": {"type": "string"}, "name": {"type": "string"}, "version": {"type": "string"},
          "pid": {"$ref": "#/components/schemas/Count"}, "admin": {"type": "string"},
          "generation": {"$ref": "#/components/schemas/Count"}, "revisions": {"type": "object",
            "additionalProperties": {"$ref": "#/components/schemas/Count"}}, "killed_locally": {"type": "boolean"},
          "draining": {"type": "boolean"}, "heard_at": {"type": "string"},
          "silent": {"type": "boolean", "description": "True for a proxy that went silent without signing off."}}}}}},
    """# + evaluationSchemas + historySchemas + statusSchemas

  private static let evaluationSchemas = #"""
    "EvaluationRequest": {"type": "object", "required": ["context"], "properties": {"context": {"type": "object",
      "required": ["targetingKey"], "properties": {"targetingKey": {"$ref": "#/components/schemas/User"}}}}},
    "Evaluation": {"type": "object", "required": ["key", "value", "reason", "variant", "metadata"], "properties": {
      "key": {"$ref": "#/components/schemas/Name"}, "value": {"type": "boolean"},
      "reason": {"enum": ["DISABLED", "TARGETING_MATCH", "SPLIT", "STATIC"]}, "variant": {"enum": ["legacy", "unified"]},
      "metadata": {"type": "object", "required": ["bucket", "cohort", "generation", "percentage", "revision"],
        "properties": {"bucket": {"type": "integer", "minimum": 0, "maximum": 99999},
          "cohort": {"enum": ["legacy", "unified"]}, "generation": {"$ref": "#/components/schemas/Count"},
          "percentage": {"$ref": "#/components/schemas/Percentage"},
          "revision": {"$ref": "#/components/schemas/Count"}}}}},
    "Evaluations": {"type": "object", "required": ["flags", "metadata"], "properties": {
      "flags": {"type": "array", "items": {"$ref": "#/components/schemas/Evaluation"}},
      "metadata": {"type": "object", "required": ["generation"], "properties": {
        "generation": {"$ref": "#/components/schemas/Count"}}}}},
    "EvaluationFailure": {"type": "object", "required": ["key", "errorCode", "errorDetails"], "properties": {
      "key": {"type": "string"}, "errorDetails": {"type": "string"},
      "errorCode": {"enum": ["PARSE_ERROR", "INVALID_CONTEXT", "TARGETING_KEY_MISSING"]}}},
    "FlagNotFound": {"type": "object", "required": ["key", "errorCode", "errorDetails"], "properties": {
      "key": {"type": "string"}, "errorCode": {"const": "FLAG_NOT_FOUND"}, "errorDetails": {"type": "string"}}},
    "BulkFailure": {"type": "object", "required": ["errorCode", "errorDetails"], "properties": {
      "errorCode": {"enum": ["PARSE_ERROR", "INVALID_CONTEXT", "TARGETING_KEY_MISSING"]},
      "errorDetails": {"type": "string"}}},
    """#

  private static let statusSchemas = #"""
    "Status": {"type": "object", "required": ["version", "pid", "started_at", "uptime_seconds", "ready", "draining",
      "workers", "listen", "generation", "flags", "flag_source", "cohorts", "local_responses", "own_answers",
      "connections", "admin_refused"], "properties": {"version": {"type": "string"}, "pid": {"$ref": "#/components/schemas/Count"},
        "started_at": {"type": "string"}, "uptime_seconds": {"$ref": "#/components/schemas/Count"},
        "ready": {"type": "boolean"}, "draining": {"type": "boolean"}, "workers": {"$ref": "#/components/schemas/Count"},
        "listen": {"type": "array", "items": {"type": "string"}}, "generation": {"$ref": "#/components/schemas/Count"},
        "flags": {"type": "array", "items": {"type": "object", "required": ["name", "enabled", "percentage",
          "allow_count", "deny_count", "revision"], "properties": {"stored_enabled": {"type": "boolean",
            "description": "As stored; only when something overrides the store."}}}},
        "flag_source": {"type": "object", "required": ["path", "valid", "rejected_changes", "reloads"],
          "properties": {"away": {"type": "boolean",
            "description": "The source cannot be read. When it is readable but not valid, its content is wrong."}}},
        "cohorts": {"type": "array", "items": {"type": "object", "required": ["flag", "cohort", "requests",
          "requests_by_status", "failed", "errors", "retries", "anonymous", "in_flight", "bytes_in", "bytes_out", "first_byte_ms",
          "total_ms"]}},
        "local_responses": {"type": "array", "items": {"type": "object", "required": ["status", "reason", "count"]}},
        "own_answers": {"type": "array", "description": "Old name of local_responses; will be removed."},
        "connections": {"type": "object", "required": ["open", "accepted", "accept_pauses"]},
        "admin_refused": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Count"}}}}
    """#
}

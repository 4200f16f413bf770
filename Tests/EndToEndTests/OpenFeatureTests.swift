import Foundation
import TestSupport
import Testing

@Suite("Applications ask by OpenFeature which way a user goes", .ownThread)
struct OpenFeatureTests {
  @Test("The Python provider gets what the proxy decides, and its errors by their names")
  func python() throws {
    let stage = try Stage(
      flags: #"{ "UNIFIED_CONVERSATION_ENABLED": { "percentage": 50, "allow": ["uma"], "revision": 3 } }"#)
    let script = """
      import json
      from openfeature import api
      from openfeature.contrib.provider.ofrep import OFREPProvider
      from openfeature.evaluation_context import EvaluationContext

      api.set_provider(OFREPProvider("http://127.0.0.1:\(stage.proxy.adminPort)"))
      client = api.get_client()
      rows = []
      for user in ["uma", "anna", "bob", "user-1", "Zoë", ""]:
          context = EvaluationContext(targeting_key=user, attributes={"plan": "free", "tags": ["a"]})
          details = client.get_boolean_details("UNIFIED_CONVERSATION_ENABLED", False, context)
          rows.append([user, details.value, details.reason, details.variant, details.error_code])
      rows.append([client.get_boolean_details("UNKNOWN", True, EvaluationContext("a")).error_code])
      rows.append([client.get_string_details("UNIFIED_CONVERSATION_ENABLED", "x", EvaluationContext("a")).error_code])
      details = client.get_boolean_details("UNIFIED_CONVERSATION_ENABLED", False, EvaluationContext("anna"))
      rows.append(sorted(details.flag_metadata))
      print(json.dumps(rows))
      """
    let folder = stage.proxy.folder
    try folder.write(script, to: "script.py")
    let process = try Program(
      "/usr/bin/timeout", ["60", try PythonEnvironment.program("python3"), "script.py"], in: folder.path,
      log: folder.file("output"))
    #expect(process.wait() == .exited(0), "\(folder.text("output"))")
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(folder.text("output").utf8)) as? [[Any]])
    let client = try stage.client()
    for row in rows.prefix(5) {
      let user = try #require(row[0] as? String)
      let isIn = try client.get(user: user).text == "unified"
      #expect(row[1] as? Bool == isIn, "\(row)")
      #expect(row[2] as? String == (user == "uma" ? "TARGETING_MATCH" : "SPLIT"), "\(row)")
      #expect(row[3] as? String == (isIn ? "unified" : "legacy"))
    }
    #expect(rows[5][4] as? String == "TARGETING_KEY_MISSING")
    #expect(rows[5][1] as? Bool == false)
    #expect(rows[6][0] as? String == "FLAG_NOT_FOUND")
    #expect(rows[7][0] as? String == "TYPE_MISMATCH")
    #expect(rows[8] as? [String] == ["bucket", "cohort", "generation", "percentage", "revision"])
  }
}

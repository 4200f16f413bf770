import Foundation
import TestSupport
import Testing

@Suite("Flags are edited through the admin port", .ownThread)
struct EditingTests {
  private static let path = "/api/v1/flags/\(AdminStage.flag)"

  private func object(_ answer: WireResponse) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(answer.body.bytes)) as? [String: Any])
  }

  private func flag(_ answer: WireResponse) throws -> [String: Any] {
    try #require(try object(answer)["flag"] as? [String: Any])
  }

  private func edit(_ stage: AdminStage, _ body: String, ifMatch: String = "\"3\"") throws -> WireResponse {
    try stage.ask("PUT \(Self.path)", [stage.bearer, "If-Match: \(ifMatch)"], body: body)
  }

  @Test("The flags in force are told with their lists, and each with its revision as ETag")
  func reading() throws {
    let stage = try AdminStage()
    let list = try object(try stage.ask("GET /api/v1/flags", []))
    #expect(list["generation"] as? Int == 1)
    #expect(list["killed_locally"] as? Bool == false)
    let answer = try stage.ask("GET \(Self.path)", [])
    #expect(answer.status == 200)
    #expect(answer.head["ETag"] == ["\"3\""])
    #expect(try object(answer)["allow"] as? [String] == ["uma"])
    let other = try stage.ask("GET /api/v1/flags/nobody", [])
    #expect(other.status == 404)
    #expect(other.text.contains(AdminStage.flag))
  }

  @Test("An edit is stored, signed, audited and soon in force")
  func edit() throws {
    let stage = try AdminStage()
    let body = #"{"percentage": 12.5, "deny": ["bob"], "reason": "a quiet night", "by": "anna"}"#
    let answer = try edit(stage, body)
    #expect(answer.status == 200)
    #expect(answer.head["ETag"] == ["\"4\""])
    #expect(answer.head["Cache-Control"] == ["no-store"])
    #expect(try object(answer)["changed"] as? Bool == true)
    let flag = try flag(answer)
    #expect(flag["percentage"] as? Double == 12.5)
    #expect(flag["revision"] as? Int == 4)
    #expect(flag["updated_by"] as? String == "anna")
    #expect(flag["allow"] as? [String] == ["uma"])
    #expect(flag["deny"] as? [String] == ["bob"])
    #expect(try eventually { try stage.ask("GET \(Self.path)").head["ETag"] == ["\"4\""] })
    let trail = try object(try stage.ask("GET /api/v1/audit?flag=\(AdminStage.flag)&limit=1"))
    let entry = try #require((trail["entries"] as? [[String: Any]])?.first)
    #expect(entry["by"] as? String == "anna")
    #expect(entry["from"] as? String == "admin API 127.0.0.1")
    #expect(entry["reason"] as? String == "a quiet night")
    #expect(entry["action"] as? String == "replace")
  }

  @Test("An edit needs the revision that it is based on, and is refused with what is stored when that is another")
  func conditions() throws {
    let stage = try AdminStage()
    #expect(try stage.ask("PUT \(Self.path)", [stage.bearer], body: #"{"percentage": 1}"#).status == 428)
    for tag in ["\"2\"", "\"99999999999999999\""] {
      let answer = try edit(stage, #"{"percentage": 1}"#, ifMatch: tag)
      #expect(answer.status == 412)
      #expect(answer.head["ETag"] == ["\"3\""])
      #expect(try flag(answer)["percentage"] as? Double == 50)
      #expect(answer.text.contains("nothing was changed"))
    }
    for tag in ["3", "W/\"3\"", "\"3\", \"4\"", "\"\"", "\"-3\""] {
      #expect(try edit(stage, #"{"percentage": 1}"#, ifMatch: tag).status == 400)
    }
    #expect(try edit(stage, #"{"percentage": 1}"#, ifMatch: "*").status == 200)
    #expect(try edit(stage, #"{"percentage": 2}"#).status == 412)
    let unknown = try stage.ask("PUT /api/v1/flags/nobody", [stage.bearer, "If-Match: *"], body: #"{"percentage": 1}"#)
    #expect(unknown.status == 404)
  }

  @Test("Of writers that start from the same revision one wins, and the others are told")
  func race() throws {
    let stage = try AdminStage()
    let clients = try (0..<8).map { number in
      let client = try stage.connect()
      try client.send(
        AdminStage.request(
          "PUT \(Self.path)", [stage.bearer, "If-Match: \"3\""], body: #"{"percentage": \#(number)}"#))
      return client
    }
    let statuses = try clients.map { try $0.readResponse().status }
    #expect(statuses.filter { $0 == 200 }.count == 1)
    #expect(statuses.filter { $0 == 412 || $0 == 409 }.count == 7)
  }

  @Test("What already is so is not written")
  func unchanged() throws {
    let stage = try AdminStage()
    let answer = try edit(stage, #"{"percentage": 50}"#)
    #expect(answer.status == 200)
    #expect(try object(answer)["changed"] as? Bool == false)
    #expect(try flag(answer)["revision"] as? Int == 3)
  }

  @Test("kill and restore, with and without a body")
  func kill() throws {
    let stage = try AdminStage()
    let killed = try stage.ask("POST \(Self.path)/kill", body: #"{"hard": true, "reason": "errors"}"#)
    let state = try flag(killed)
    #expect(killed.status == 200)
    #expect(state["enabled"] as? Bool == false)
    #expect(state["hard"] as? Bool == true)
    #expect(state["updated_by"] as? String == "api")
    #expect(state["percentage"] as? Double == 50)
    let late = try stage.ask("POST \(Self.path)/restore", [stage.bearer, "If-Match: \"3\""])
    #expect(late.status == 412)
    let restored = try stage.ask("POST \(Self.path)/restore", [stage.bearer])
    #expect(restored.status == 200)
    #expect(try flag(restored)["enabled"] as? Bool == true)
  }

  @Test("This proxy's own kill switch is in force when it answers, and changes nothing in the store")
  func localKill() throws {
    let stage = try AdminStage()
    let user = try stage.user()
    #expect(try user.get(user: "uma").text == "unified")
    let killed = try object(try stage.ask("POST /api/v1/kill", body: #"{"by": "anna", "reason": "errors here"}"#))
    #expect(killed["killed_locally"] as? Bool == true)
    #expect(killed["changed"] as? Bool == true)
    #expect(try user.get(user: "uma").text == "legacy")
    #expect(stage.folder.text("flags.json").contains("\"revision\": 3"))
    #expect(try object(try stage.ask("GET /api/v1/flags"))["killed_locally"] as? Bool == true)
    #expect(try object(try stage.ask("POST /api/v1/restore"))["changed"] as? Bool == true)
    #expect(try user.get(user: "uma").text == "unified")
    #expect(try object(try stage.ask("POST /api/v1/restore"))["changed"] as? Bool == false)
  }

  @Test(
    "What is no edit changes nothing and says why",
    arguments: [
      ("", "percentage is missing"), ("[]", "not a JSON object"), ("{", "not a JSON object"),
      (#"{"percentage": 101}"#, "percentage"), (#"{"percentage": "5"}"#, "not a number"),
      (#"{"percentage": 1.0001}"#, "three decimals"), (#"{"percentage": 1, "percentage": 2}"#, "twice"),
      (#"{"percentage": 1, "alow": []}"#, "alow"), (#"{"percentage": 1, "allow": "x"}"#, "allow"),
      (#"{"percentage": 1, "allow": [""]}"#, "allow"), (#"{"percentage": 1, "deny": [1]}"#, "deny"),
      (#"{"percentage": 1, "by": "a\u202Eb"}"#, "by"), (#"{"percentage": 1, "reason": "a\u2028b"}"#, "reason"),
      (#"{"percentage": 1, "by": "\u2066a"}"#, "by"),
      (#"{"percentage": 1, "by": ""}"#, "by"), (#"{"percentage": 1, "by": "a\u0007"}"#, "by"),
      (#"{"percentage": 1, "by": "\#(String(repeating: "a", count: 129))"}"#, "by"),
      (#"{"percentage": 1, "reason": 1}"#, "reason"), (#"{"percentage": 1, "hard": true}"#, "hard"),
    ])
  func malformed(body: String, word: String) throws {
    let stage = try AdminStage()
    let before = stage.folder.text("flags.json")
    let answer = try edit(stage, body)
    #expect(
      answer.status == 400,
      "\(answer.text)")
    #expect(
      answer.text.contains(word),
      "\(answer.text)")
    #expect(
      answer.text.contains("nothing was changed"),
      "\(answer.text)")
    #expect(stage.folder.text("flags.json") == before)
  }

  @Test("A store that cannot be written is 503, with what is wrong")
  func brokenStore() throws {
    let stage = try AdminStage()
    try stage.folder.write("{ broken", to: "flags.json")
    let answer = try edit(stage, #"{"percentage": 1}"#)
    #expect(answer.status == 503)
    #expect(answer.text.contains("flags.json:1:3"))
    #expect(try stage.ask("GET \(Self.path)").status == 200)
  }

  @Test("The audit trail is asked within bounds; a file knows of no proxies")
  func queries() throws {
    let stage = try AdminStage()
    for query in ["limit=0", "limit=1001", "limit=x", "limit=", "flag=", "flag=a%20b", "flag=a&flag=a"] {
      #expect(try stage.ask("GET /api/v1/audit?\(query)").status == 400, "\(query)")
    }
    #expect(try stage.ask("GET /api/v1/audit?limit=1000&other=x").status == 200)
    let proxies = try object(try stage.ask("GET /api/v1/proxies"))
    #expect(proxies["registered"] as? Bool == false)
    #expect((proxies["proxies"] as? [Any])?.isEmpty == true)
  }
}

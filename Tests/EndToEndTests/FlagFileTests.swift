import Foundation
import TestSupport
import Testing

@Suite("The flag file changes under traffic", .ownThread)
struct FlagFileTests {
  private static func flags(_ percentage: String) -> String { "{ \"UNIFIED_CONVERSATION_ENABLED\": \(percentage) }" }

  /// Long enough for a change to be noticed, on a machine that does other things too.
  private static let settled = 0.2

  @Test("A valid change is soon in force, and its generation is on the answers", arguments: [true, false])
  func valid(_ isRenamed: Bool) throws {
    let stage = try Stage(flags: Self.flags("0"))
    let client = try stage.client()
    #expect(try client.get(user: "lena").head["X-Turnout-Generation"] == ["1"])
    for (number, percentage) in [100, 0, 100, 0].enumerated() {
      let text = Self.flags("\(percentage)")
      if isRenamed {
        try stage.proxy.setFlags(text)
      } else {
        try text.write(toFile: stage.proxy.folder.file("flags.json"), atomically: false, encoding: .utf8)
      }
      let expected = percentage == 100 ? "unified" : "legacy"
      #expect(try eventually(within: .seconds(1)) { try client.get(user: "lena").text == expected })
      if isRenamed { #expect(try client.get(user: "lena").head["X-Turnout-Generation"] == ["\(number + 2)"]) }
    }
  }

  @Test(
    "An invalid change changes nothing, and the next valid one counts",
    arguments: [
      "", "{", "null", "[]", flags("-1"), flags("101"), flags("NaN"), flags("\"50\""), flags("null"), flags("1e400"),
      flags("50.0001"), "{}", "{ \"OTHER\": 50 }", flags("0") + "x", flags("{ \"percentage\": 0, \"enbled\": true }"),
    ])
  func invalid(_ text: String) throws {
    let stage = try Stage(flags: Self.flags("100"))
    let client = try stage.client()
    try stage.proxy.setFlags(text)
    #expect(try eventually { try stage.proxy.metric("turnout_flag_source_valid") == 0 })
    let answer = try client.get(user: "lena")
    #expect(answer.text == "unified")
    #expect(answer.head["X-Turnout-Generation"] == ["1"])
    try stage.proxy.setFlags(Self.flags("0"))
    #expect(try eventually { try client.get(user: "lena").text == "legacy" })
    #expect(try stage.proxy.metric("turnout_flag_source_valid") == 1)
  }

  @Test("A file that is gone changes nothing; when it is back it counts")
  func gone() throws {
    let stage = try Stage(flags: Self.flags("100"))
    let client = try stage.client()
    try FileManager.default.removeItem(atPath: stage.proxy.folder.file("flags.json"))
    pause(.seconds(Self.settled))
    #expect(try client.get(user: "lena").text == "unified")
    try stage.proxy.setFlags(Self.flags("0"))
    #expect(try eventually { try client.get(user: "lena").text == "legacy" })
  }

  @Test("An answer carries the generation that its request was decided by, not a later one")
  func generationOfDecision() throws {
    let gate = Gate()
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate"
    let unified = try ScriptedUpstream([.request, .wait(gate), .send(answer), .again])
    let stage = try Stage(ScriptedUpstream(.saying("legacy")), unified, flags: Self.flags("100"))
    let (early, other) = (try stage.client(), try stage.client())
    try early.send("GET / HTTP/1.1\r\nHost: a\r\nX-User-Id: lena\r\n\r\n")
    _ = try unified.onlyRequest()
    try stage.proxy.setFlags(Self.flags("0"))
    #expect(try eventually { try stage.proxy.metric("turnout_flag_generation") == 2 })
    #expect(try other.get(user: "lena").head["X-Turnout-Generation"] == ["2"])
    gate.open()
    let late = try early.readResponse()
    #expect(late.head["X-Turnout-Cohort"] == ["unified"])
    #expect(late.head["X-Turnout-Generation"] == ["1"])
  }

  @Test("A change that came while descriptors had run out counts when there are some again")
  func outOfDescriptors() throws {
    let stage = try Stage(flags: Self.flags("100"))
    let client = try stage.client()
    #expect(try client.get(user: "lena").text == "unified")
    try stage.proxy.limitDescriptors(to: 3)
    try stage.proxy.setFlags(Self.flags("0"))
    pause(.milliseconds(500))
    #expect(try client.get(user: "lena").text == "unified")
    try stage.proxy.limitDescriptors(to: nil)
    #expect(try eventually(within: .seconds(5)) { try client.get(user: "lena").text == "legacy" })
  }

  @Test("deny beats allow, allow beats the percentage, and a disabled flag is legacy for all")
  func order() throws {
    let stage = try Stage(
      flags: Self.flags(#"{ "percentage": 100, "allow": ["both"], "deny": ["both", "denied"] }"#))
    let client = try stage.client()
    #expect(try ["both", "denied", "lena"].map { try client.get(user: $0).text } == ["legacy", "legacy", "unified"])
    try stage.proxy.setFlags(Self.flags(#"{ "enabled": false, "percentage": 100, "allow": ["both"] }"#))
    #expect(try eventually { try client.get(user: "lena").text == "legacy" })
    #expect(try client.get(user: "both").text == "legacy")
  }

  @Test(
    "Raising the percentage moves nobody out of unified, and every user goes where `which` says, with every scheme",
    arguments: ["turnout", "unleash", "flagd", "growthbook", "launchdarkly", "split_clients"])
  func monotonous(scheme: String) throws {
    let stage = try Stage(flags: Self.flags(#"{ "percentage": 0, "hash": "\#(scheme)" }"#))
    let client = try stage.client()
    let users = (0..<60).map { "user-\($0)" }
    var inUnified: Set<String> = []
    for percentage in ["10", "37.5", "50", "99.999", "100"] {
      try stage.proxy.command("set", percentage)
      let now = try Set(users.filter { try client.get(user: $0).text == "unified" })
      #expect(now.isSuperset(of: inUnified))
      inUnified = now
      #expect(try now == usersInUnified(stage.proxy, among: users))
    }
    #expect(inUnified.count == users.count)
  }

  /// As the command line computes it from the file.
  private func usersInUnified(_ proxy: ProxyProcess, among users: [String]) throws -> Set<String> {
    struct Report: Decodable {
      struct Decision: Decodable {
        let user: String
        let cohort: String
      }
      let decisions: [Decision]
    }
    let output = try proxy.command(["which", "--json"] + users).output
    let report = try JSONDecoder().decode(Report.self, from: Data(output.utf8))
    return Set(report.decisions.filter { $0.cohort == "unified" }.map(\.user))
  }
}

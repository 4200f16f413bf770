import Testing

@Suite("A request passes", .ownThread)
struct SmokeTests {
  @Test("to legacy, and to unified for the user in the list")
  func passes() throws {
    let stage = try Stage()
    let client = try stage.client()
    #expect(try client.get().text == "legacy")
    #expect(try client.get(user: "uma").text == "unified")
    #expect(stage.legacy.requests.count == 1)
  }
}

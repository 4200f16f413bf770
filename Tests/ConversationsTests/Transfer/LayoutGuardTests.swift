import Redis
import TestSupport
import Testing

@testable import Conversations

@Suite("A layout that does not fit is refused before the first write", .startsPrograms)
struct LayoutGuardTests {
  private func objections(_ layout: String, _ app: TransferFixture) throws -> [String] {
    var connection = try app.redis.connect()
    return try LayoutGuard(try Layout.named(layout)).objections(&connection)
  }

  @Test("Values of the guide's application are refused by the sample's layout, which names the one that fits")
  func otherApplication() throws {
    let app = try TransferFixture()
    try app.setLegacy()
    #expect(try objections("spec-012", app) == [])
    let found = try objections("turnout", app)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.hasPrefix("1 of 1 sampled legacy values of role client do not fit the layout turnout") == true)
    #expect(found.first?.hasSuffix("set contexts.layout: spec-012") == true)
  }

  @Test("Admins' keys beside the pattern, and conversations without a pointer, are named")
  func besides() throws {
    let app = try TransferFixture()
    try app.set("chat:admin:7", "{}")
    try app.talkOnUnified()
    let found = try objections("turnout", app)
    #expect(found.contains { $0.contains("chat:admin:7") && $0.contains("spec-012 knows both") }, "\(found)")
    #expect(found.contains { $0.contains("no key conversation:client:{user}:current") }, "\(found)")
    #expect(try objections("spec-012", app) == [])
  }

  @Test("Another application that shares the Redis speaks against no layout that has keys of its own")
  func shared() throws {
    let app = try TransferFixture()
    var layout = try Layout.named("spec-012")
    layout.name = "mine"
    layout.roles[.admin] = nil
    layout.roles[.client]?.legacy.keys = [try KeyPattern("mine:{user}")]
    var connection = try app.redis.connect()
    try app.setLegacy()
    #expect(try LayoutGuard(layout).objections(&connection).first?.contains("The layout spec-012 knows them") == true)
    try app.set("mine:7", TransferFixture.legacy())
    #expect(try LayoutGuard(layout).objections(&connection) == [])
  }

  @Test("Keys with something in front are named where there are no others")
  func prefix() throws {
    let app = try TransferFixture()
    try app.set("shop_chat:customer:7", TransferFixture.legacy())
    #expect(try objections("spec-012", app).first?.contains("Set key_prefix") == true)
    try app.setLegacy()
    #expect(try objections("spec-012", app) == [])
  }

  @Test("Broken and empty values speak against no layout; a value that lacks what the layout requires does")
  func broken() throws {
    let app = try TransferFixture()
    try app.set("chat:customer:1", "{}")
    try app.set("chat:customer:2", "not JSON")
    #expect(try objections("turnout", app) == [])
    #expect(try objections("spec-012", app) == [])
    try app.redis.redis("FLUSHALL")
    try app.setLegacy(TransferFixture.legacy().replacing(#""flow":"cart_management","#, with: ""))
    #expect(try objections("spec-012", app).first?.contains("lacks flow") == true)
  }
}

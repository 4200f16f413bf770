import Testing

@testable import Conversations

@Suite("A layout is read from YAML")
struct LayoutTests {
  @Test("Every layout that ships is valid, and its name is that of its file", arguments: ShippedLayout.all.map(\.name))
  func shipped(name: String) throws {
    let layout = try #require(try Layout.shipped(named: name))
    #expect(layout.name == name)
    #expect(Set(layout.roles.keys) == [.client, .admin])
    #expect(try Layout.named(name) == layout)
  }

  @Test("The application of the guide: keys, forms, members, times and queries are as it has them")
  func guide() throws {
    let layout = try Layout.named("spec-012")
    let client = try #require(layout.roles[.client])
    #expect(client.lifetime == 1_800)
    #expect(client.legacy.keys.map(\.text) == ["chat:customer:{user}"])
    #expect(client.legacy.marker?.value == #"App\Domain\ValueObject\CustomerConversationContext"#)
    #expect(client.legacy.required.map(\.path.text) == ["userId", "flow", "createdAt", "updatedAt"])
    #expect(client.legacy.required.map(\.type) == [.text, .text, .rfc3339, .rfc3339])
    #expect(client.legacy.messages == nil)
    #expect(client.unified.key.text == "conversation:client:{user}:{id}:{part}")
    #expect(client.unified.pointer == nil)
    #expect(client.unified.syncMember == "turnout_sync")
    #expect(client.unified.message == .init(role: "role", text: "content", time: nil, timeFormat: .rfc3339))
    #expect(client.conversations?.rows == .all)
    #expect(client.messages != nil)
    let cart = try #require(client.members.first { $0.legacy?.text == "cartSnapshot" })
    #expect(cart.unified?.text == "state.cart_items")
    #expect(cart.each.map(\.legacy) == ["product_id", "quantity"])
    #expect(cart.value == Array("[]".utf8))
    #expect(client.members.first { $0.legacy?.text == "selectedProducts" }?.take == .first(5))
    #expect(client.members.first { $0.unified?.text == "state.checkout_step" }?.value == Array("null".utf8))

    let admin = try #require(layout.roles[.admin])
    #expect(admin.legacy.keys.map(\.text) == ["chat:admin:{user}", "admin:context:{user}"])
    #expect(admin.conversations?.rows == .newest)
    let pending = admin.members.filter { $0.legacy?.text == "pendingActions" }
    #expect(pending.map(\.take) == [.lastElement, .lastElement])
    #expect(
      pending[0].each.last
        == SubMember(legacy: "addedAt", unified: "timestamp", time: TimePair(legacy: .rfc3339, unified: .seconds)))
    #expect(pending[1].member == "data")
    #expect(pending[1].when == MemberRow.Condition(member: "type", text: "create_product"))
    let product = try #require(admin.members.first { $0.unified?.text == "state.current_product" })
    #expect(product.legacy?.names == ["activeEntities", "product"])
  }

  @Test("The sample application's layout has its messages in the value, and a pointer")
  func own() throws {
    let client = try #require(try Layout.named("turnout").roles[.client])
    #expect(client.legacy.messages?.text == "messages")
    #expect(client.legacy.timeFormat == .milliseconds)
    #expect(client.unified.pointer?.text == "conversation:client:{user}:current")
    #expect(
      client.members.first { $0.legacy?.text == "state" }?.unified == UnifiedMember(part: .state, path: MemberPath([])))
    #expect(client.unified.message.time == "at")
  }

  @Test("The key prefix stands in front of every key, also the pointer's, and is escaped in patterns for SCAN")
  func prefix() throws {
    let text = LayoutText.smallest.replacing("key_prefix: \"\"", with: "key_prefix: \"my[app]*_\"").replacing(
      "pointer: none", with: "pointer: \"now:{user}\"")
    let role = try #require(try Layout(yaml: text, file: "mine.yaml").roles[.client])
    #expect(role.legacy.keys[0].text == "my[app]*_ctx:{user}")
    #expect(role.legacy.keys[0].glob() == #"my\[app\]\*_ctx:*"#)
    #expect(role.unified.pointer?.text == "my[app]*_now:{user}")
    #expect(String(decoding: role.unified.pointer?.key("7".utf8) ?? [], as: UTF8.self) == "my[app]*_now:7")
    #expect(role.unified.key.glob(part: .meta) == #"my\[app\]\*_conv:*:*:meta"#)
  }

  @Test("A value of a row is JSON: quoted, it is text; without quotes it is what it looks like")
  func values() throws {
    let values = [
      ("1", "1"), ("\"1\"", "\"1\""), ("yes", "\"yes\""), ("true", "true"), ("null", "null"), ("~", "null"),
      ("''", "\"\""), ("[]", "[]"), ("[1, a, null]", #"[1,"a",null]"#),
      ("{a: {b: \"x\\\"y\"}}", #"{"a":{"b":"x\"y"}}"#),
      ("010", "\"010\""), ("-1.5e3", "-1.5e3"), ("{}", "{}"),
    ]
    for (written, json) in values {
      let text = LayoutText.with(row: "{unified: state.x, value: \(written)}")
      let row = try #require(try Layout(yaml: text, file: "mine.yaml").roles[.client]?.members.last)
      #expect(row.value.map { String(decoding: $0, as: UTF8.self) } == json, "\(written)")
    }
  }

  @Test("A layout is named by its name or by a path beside the file that names it")
  func named() throws {
    let unknown = #expect(throws: LayoutError.self) { try Layout.named("spec-12") }
    #expect(
      unknown?.description
        == "spec-12: no layout of this name ships; did you mean spec-012? Those that ship: spec-012, turnout. "
        + "For a file, write its path: ./spec-12.yaml")
    let missing = #expect(throws: LayoutError.self) {
      try Layout.named("mine.yaml", relativeTo: "/nowhere/turnout.yaml")
    }
    #expect(missing?.description == "/nowhere/mine.yaml: cannot be read: No such file or directory")
  }
}

/// Layouts in as few lines as possible.
enum LayoutText {
  static let smallest = with(row: nil)

  static func with(row: String?) -> String {
    """
    layout: mine
    key_prefix: ""
    roles:
      client:
        lifetime: 60
        legacy:
          keys: ["ctx:{user}"]
        unified:
          key: "conv:{user}:{id}:{part}"
          pointer: none
          message: {role: role, text: content}
          history_limit: 10
        members:
          - {legacy: flow, unified: state.flow}

    """ + (row.map { "      - \($0)\n" } ?? "")
  }
}

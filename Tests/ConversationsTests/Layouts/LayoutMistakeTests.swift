import Testing

@testable import Conversations

@Suite("A mistake in a layout is reported with its line, what was found and what was expected")
struct LayoutMistakeTests {
  private func problems(_ text: String) -> [String] {
    do throws(LayoutError) {
      _ = try Layout(yaml: text, file: "mine.yaml")
      return []
    } catch { return error.lines }
  }

  @Test("The smallest layout has none")
  func none() { #expect(problems(LayoutText.smallest) == []) }

  @Test(
    "A key",
    arguments: [
      ("layout: mine", "layout: my layout", "mine.yaml:1: layout: found \"my layout\", expected a name of 1 to 64"),
      ("layout: mine", "layuot: mine", "mine.yaml:1: layuot: unknown key; did you mean layout?"),
      ("lifetime: 60", "lifetme: 60", "mine.yaml:5: roles.client.lifetme: unknown key; did you mean lifetime?"),
      (
        "lifetime: 60", "lifetime: 1h",
        "mine.yaml:5: roles.client.lifetime: found \"1h\", expected a whole number from 1 to 2678400"
      ),
      ("lifetime: 60", "lifetime: 0", "mine.yaml:5: roles.client.lifetime: found \"0\", expected a whole number"),
      (
        "key_prefix: \"\"", "key_prefix: \"{user}\"",
        "mine.yaml:2: key_prefix: found \"{user}\", expected \"\" or the text"
      ),
      ("  client:", "  customer:", "mine.yaml:4: roles.customer: unknown key; known here: client, admin"),
      (
        "ctx:{user}", "ctx:",
        "mine.yaml:7: roles.client.legacy.keys[0]: found \"ctx:\", expected a key of at most 256 bytes with {user}; it names no {user}"
      ),
      (
        "ctx:{user}", "ctx:{user}:{id}",
        "mine.yaml:7: roles.client.legacy.keys[0]: found \"ctx:{user}:{id}\", expected a key of at most 256 bytes with {user}; {id} has no place in this key"
      ),
      ("[\"ctx:{user}\"]", "[]", "mine.yaml:7: roles.client.legacy.keys: found 0 keys, expected 1 to 8"),
      (
        "conv:{user}:{id}:{part}", "conv:{user}:{part}",
        "mine.yaml:9: roles.client.unified.key: found \"conv:{user}:{part}\", expected a key of at most 256 bytes with {user}, {id} and {part}; {id} is missing"
      ),
      ("conv:{user}:{id}:{part}", "conv:{usr}:{id}:{part}", "it has {usr}, which is unknown"),
      ("conv:{user}:{id}:{part}", "conv:{user}{id}:{part}", "it has two placeholders with nothing between them"),
      (
        "conv:{user}:{id}:{part}", "ctx:{user}:{id}:{part}",
        "mine.yaml:7: roles.client.legacy.keys[0]: ctx:{user} also matches the keys of roles.client.unified.key"
      ),
      (
        "pointer: none", "pointer: \"conv:{id}\"",
        "mine.yaml:10: roles.client.unified.pointer: found \"conv:{id}\", expected none or a key"
      ),
      (
        "pointer: none", "pointer: \"ctx:{user}\"",
        "mine.yaml:10: roles.client.unified.pointer: ctx:{user} is also roles.client.legacy.keys[0]"
      ),
      ("text: content", "txt: content", "roles.client.unified.message.txt: unknown key; did you mean text?"),
      (
        "text: content", "text: role",
        "mine.yaml:11: roles.client.unified.message: role, text and time need a member each"
      ),
      (
        "text: content", "text: content, time: at",
        "mine.yaml:11: roles.client.unified.message.time_format: missing; expected rfc3339, seconds or milliseconds"
      ),
      (
        "history_limit: 10", "history_limit: 0",
        "mine.yaml:12: roles.client.unified.history_limit: found \"0\", expected a whole number from 1 to 1000"
      ),
      (
        "pointer: none", "state: list",
        "mine.yaml:10: roles.client.unified.state: found \"list\", expected json or hash"
      ),
      (
        "pointer: none", "json_fields: [a]",
        "mine.yaml:10: roles.client.unified.json_fields: only a hash has fields that hold JSON"
      ),
      (
        "pointer: none", "time_format: seconds",
        "roles.client.unified.time_format: there is no time that it could be about"
      ),
      (
        "pointer: none", "created_at: created_at",
        "roles.client.unified.time_format: missing; expected rfc3339, seconds or milliseconds"
      ),
      (
        "pointer: none", "required: {flow: text}",
        "mine.yaml:10: roles.client.unified.required: found \"flow\", expected state.MEMBER or meta.MEMBER"
      ),
      (
        "pointer: none", "required: {meta.a: texts}",
        "mine.yaml:10: roles.client.unified.required.meta.a: found \"texts\", expected any, text, number, list, object or rfc3339"
      ),
      (
        "pointer: none", "required: {meta.a: text}",
        "mine.yaml:10: roles.client.unified.required: no row gives meta.a, so every conversation would lack it"
      ),
    ])
  func key(written: String, replaced: String, expected: String) {
    let found = problems(LayoutText.smallest.replacing(written, with: replaced))
    #expect(found.contains { $0.contains(expected) }, "\(found)")
  }

  @Test(
    "A missing key",
    arguments: [
      ("layout: mine\n", "mine.yaml:1: layout: missing; expected a name"),
      ("    lifetime: 60\n", "roles.client.lifetime: missing; expected a whole number"),
      ("      keys: [\"ctx:{user}\"]\n", "roles.client.legacy: missing; expected keys, form"),
      ("      history_limit: 10\n", "roles.client.unified.history_limit: missing; expected"),
      ("      message: {role: role, text: content}\n", "roles.client.unified.message: missing; expected role, text"),
      ("      - {legacy: flow, unified: state.flow}\n", "roles.client.members: missing; expected a list of rows"),
    ])
  func missing(line: String, expected: String) {
    let found = problems(LayoutText.smallest.replacing(line, with: ""))
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.contains(expected) ?? false, "\(found)")
  }

  @Test(
    "A row that makes no sense",
    arguments: [
      ("{}", "names no member; expected legacy, unified, or both"),
      ("{unified: state.x}", "legacy has no such member, so the conversation needs a value"),
      ("{legacy: x}", "unified has no such member, so a new legacy value needs one"),
      ("{unified: state.x, value: [], take: first 5}", "a row about one side has only value"),
      ("{legacy: x, unifed: state.x}", "roles.client.members[1].unifed: unknown key; did you mean unified?"),
      ("{legacy: x, unified: x}", "roles.client.members[1].unified: found \"x\", expected state.MEMBER or meta.MEMBER"),
      ("{legacy: x, unified: history.x}", "the history is made of the messages"),
      ("{legacy: x, unified: state.flow}", "unified: state.flow is written by the row of line 14, too"),
      ("{legacy: x, unified: state}", "unified: state is written by the row of line 14, too (state.flow)"),
      ("{legacy: flow, unified: state.x}", "legacy: flow is written by the row of line 14, too"),
      ("{legacy: flow.a, unified: state.x}", "legacy: flow.a is written by the row of line 14, too"),
      (
        "{legacy: x, unified: state.x, take: first}",
        "roles.client.members[1].take: found \"first\", expected first N or last N"
      ),
      ("{legacy: x, unified: state.x, take: first 0}", "found \"first 0\", expected first N or last N"),
      ("{legacy: x, unified: state.x, take: first 1001}", "found \"first 1001\", expected first N or last N"),
      (
        "{legacy: x, unified: state.x, take: first 5, value: 1}",
        "the row is about a list, so value needs one, such as []"
      ),
      ("{legacy: x, unified: state.x, take: last, value: []}", "take: last gives null for an empty list"),
      ("{legacy: x, unified: state.x, member: data}", "member needs take: last"),
      ("{legacy: x, unified: state.x, take: last 2, when: {a: b}}", "when needs take: last"),
      ("{legacy: x, unified: state.x, take: last, member: a, each: {a: b}}", "member and each exclude each other"),
      ("{legacy: x, unified: state.x, take: last, time: seconds}", "time is about a single value"),
      ("{legacy: x, unified: state.x, each: {a: c, b: c}}", "each names the unified member c twice"),
      (
        "{legacy: x, unified: state.x, each: [a]}",
        "roles.client.members[1].each: found a list, expected LEGACY: UNIFIED"
      ),
      ("{legacy: x, unified: state.x, time: unix}", "found \"unix\", expected rfc3339, seconds or milliseconds"),
      ("{legacy: x, unified: state.x, time: {legacy: seconds}}", "roles.client.members[1].time.unified: missing"),
      ("{legacy: x, unified: state.x, when: {a: b, c: d}, take: last}", "found 2 members, expected at most 1"),
      ("{legacy: \"upper(x)\", unified: state.x}", "a layout is a table: each row names one member"),
      ("{legacy: x, unified: state.x, script: \"return 1\"}", "roles.client.members[1].script: a layout is a table"),
      ("{legacy: x..y, unified: state.x}", "found \"x..y\", expected the name of a member"),
    ])
  func row(row: String, expected: String) {
    let found = problems(LayoutText.with(row: row))
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.hasPrefix("mine.yaml:15: roles.client.members[1]") ?? false, "\(found)")
    #expect(found.first?.contains(expected) ?? false, "\(found)")
  }

  @Test("Two rows may be about members of one element")
  func elements() {
    let rows =
      "{legacy: todo, unified: state.a, take: last}\n      - {legacy: todo, unified: state.b, take: last, member: m}"
    #expect(problems(LayoutText.with(row: rows)) == [])
  }

  @Test(
    "A template that the application could not read, or that is another role's",
    arguments: [
      ("marker: {type: Ctx}, template: '{\"flow\":\"x\"}'", "the marker type must be \"Ctx\" in the template"),
      ("required: {id: text}, template: '{\"flow\":\"x\"}'", "id is required, and missing in the template"),
      ("required: {id: text}, template: '{\"id\":1}'", "id must be a text, found \"1\""),
      ("required: {a.b: number}, template: '{\"a\":{\"b\":\"1\"}}'", "a.b must be a number"),
      ("required: {a: any}, template: '{\"a\":null}'", "a must be anything but null"),
      ("required: {a: list}, template: '{\"a\":{}}'", "a must be a list"),
      ("required: {a: object}, template: '{\"a\":[]}'", "a must be an object"),
      ("template: '[1]'", "expected a JSON object of at most 65536 bytes; at byte 0, expected an object"),
      ("marker: {flow: Ctx}", "flow is the marker, which never changes; remove the row"),
      ("marker: {a: b, c: d}", "found 2 members, expected at most 1"),
      ("messages: flow", "a row is about flow, too; messages are moved to the history"),
    ])
  func template(legacy: String, expected: String) {
    let text = LayoutText.smallest.replacing(
      "legacy:\n      keys: [\"ctx:{user}\"]", with: "legacy: {keys: [\"ctx:{user}\"], \(legacy)}")
    let found = problems(text)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.contains(expected) ?? false, "\(found)")
  }

  @Test("A list of the rows is a list in the template")
  func listInTemplate() {
    let text = LayoutText.with(row: "{legacy: cart, unified: state.cart, take: first 5}").replacing(
      "keys: [\"ctx:{user}\"]", with: "keys: [\"ctx:{user}\"]\n      template: '{\"cart\":{}}'")
    #expect(problems(text).first?.contains("cart must be a list, as its row says") ?? false)
  }

  @Test(
    "The fields of a hash hold text, unless the layout says that they hold JSON",
    arguments: [
      (
        "{legacy: a.b, unified: state.x}",
        "the fields of a hash have no members (a.b); if a holds JSON, name it in legacy.json_fields"
      ),
      ("{legacy: a, unified: state.x, take: first 2}", "the field a of a hash holds text, not a list"),
      ("{legacy: a, unified: state.x, take: last}", "the field a of a hash holds text, not a list"),
    ])
  func hash(row: String, expected: String) {
    let text = LayoutText.with(row: row).replacing(
      "keys: [\"ctx:{user}\"]", with: "keys: [\"ctx:{user}\"]\n      form: hash")
    let found = problems(text)
    #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    #expect(problems(text.replacing("form: hash", with: "form: hash\n      json_fields: [a]")) == [])
  }

  @Test("A hash of unified is named field by field")
  func unifiedHash() {
    func found(_ row: String) -> [String] {
      problems(LayoutText.with(row: row).replacing("pointer: none", with: "meta: hash"))
    }
    #expect(found("{legacy: x, unified: meta}").first?.contains("meta is a hash; name its fields") ?? false)
    #expect(found("{legacy: x, unified: meta.a.b}").first?.contains("name it in unified.json_fields") ?? false)
    #expect(found("{legacy: x, unified: meta.a}") == [])
    #expect(found("{legacy: x, unified: meta.a, take: last}") == [])
  }

  @Test("Turnout's own member of meta is no member of the application")
  func syncMember() {
    let text = LayoutText.with(row: "{unified: meta.sync, value: 1}").replacing(
      "pointer: none", with: "sync_member: sync")
    #expect(
      problems(text).first?.contains("mine.yaml:10: roles.client.unified.sync_member: a row is about meta.sync, too")
        ?? false)
  }

  @Test("All mistakes are reported at once, in the order of the file")
  func atOnce() {
    let text = LayoutText.with(row: "{legacy: x}").replacing("lifetime: 60", with: "lifetime: x").replacing(
      "ctx:{user}", with: "ctx")
    #expect(problems(text).map { $0.prefix(12) } == ["mine.yaml:5:", "mine.yaml:7:", "mine.yaml:15"])
  }

  @Test("A file without a layout says how to start")
  func empty() {
    #expect(problems("# nothing\n") == ["mine.yaml: is empty. Start from one that ships: turnout layout show spec-012"])
    #expect(
      problems("- a").first?.contains("found a list, expected keys with values: layout, key_prefix, roles") ?? false)
    #expect(problems("layout: a\nroles:\n").first?.contains("roles: missing; expected client, admin, or both") ?? false)
    #expect(problems("layout: a: b").first?.hasPrefix("mine.yaml:1: not valid YAML") ?? false)
  }

  @Test("Limits: one more is refused")
  func limits() {
    func rows(_ count: Int) -> String {
      LayoutText.with(
        row: (0..<count).map { "{legacy: a\($0), unified: state.a\($0)}" }.joined(separator: "\n      - "))
    }
    #expect(problems(rows(255)) == [])
    #expect(problems(rows(256)).first?.contains("found 257 rows, expected 1 to 256") ?? false)
    let path = (0..<9).map { "a\($0)" }
    #expect(
      problems(LayoutText.with(row: "{legacy: \(path.prefix(8).joined(separator: ".")), unified: state.x}")) == [])
    #expect(!problems(LayoutText.with(row: "{legacy: \(path.joined(separator: ".")), unified: state.x}")).isEmpty)
    let name = String(repeating: "n", count: 128)
    #expect(problems(LayoutText.with(row: "{legacy: \(name), unified: state.x}")) == [])
    #expect(!problems(LayoutText.with(row: "{legacy: \(name)n, unified: state.x}")).isEmpty)
  }
}

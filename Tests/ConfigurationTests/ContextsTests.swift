import Foundation
import Redis
import TestSupport
import Testing

@testable import Configuration

@Suite("The Redis with the contexts in the configuration")
struct ContextsTests {
  private func address(_ text: String) throws -> RedisAddress { try RedisAddress(parsing: text) }

  @Test("The section names it; without it, none is watched")
  func named() throws {
    let text = "contexts: {redis: rediss://ann:secret@contexts:7000/2, ca_file: ca.pem, count_every: 90s}"
    let (found, problems) = try Configuration.read(text: cohorts + text, file: "/etc/turnout/turnout.yaml")
    #expect(problems.isEmpty)
    #expect(found.contexts.address == (try address("rediss://ann:secret@contexts:7000/2")))
    #expect(found.contexts.caFile == "/etc/turnout/ca.pem")
    #expect(found.contexts.countEvery == 90_000_000_000)
    #expect(try configuration(cohorts).contexts == ContextsSettings())
    #expect(try configuration(cohorts + "contexts:").contexts == ContextsSettings())
    #expect(try configuration(cohorts + "contexts: {redis: none}").contexts.address == nil)
    #expect(try configuration(cohorts + "contexts: {count_every: never}").contexts.countEvery == nil)
  }

  @Test("It names the layout, and queries in place of the layout's")
  func layout() throws {
    let text = """
      contexts:
        layout: mine.yaml
        queries:
          client: {conversations: "SELECT id FROM a WHERE u = {user}"}
          admin: {messages: SELECT 1}
      """
    let (found, problems) = try Configuration.read(text: cohorts + text, file: "/etc/turnout/turnout.yaml")
    #expect(problems.isEmpty)
    #expect(found.contexts.layout == "mine.yaml")
    #expect(found.contexts.queries["client"] == .init(conversations: "SELECT id FROM a WHERE u = {user}"))
    #expect(found.contexts.queries["admin"] == .init(messages: "SELECT 1"))
    #expect(found.origins["contexts.queries.admin.messages"] != nil)
    #expect(try configuration(cohorts).contexts.layout == "turnout")
  }

  @Test("The variable of the application replaces what the file says, and keeps the rest of the section")
  func variable() throws {
    var found = try configuration(cohorts + "contexts: {redis: redis://one, count_every: 1h}")
    var overrides = Overrides()
    overrides.contexts = .init("redis://two:7000", from: .variable("REDIS_URL"))
    #expect(found.apply(overrides).isEmpty)
    #expect(found.contexts.address == (try address("redis://two:7000")))
    #expect(found.contexts.countEvery == 3_600_000_000_000)
    overrides.contexts = .init("two:7000", from: .variable("REDIS_URL"))
    let problem = try #require(found.apply(overrides).first).description
    #expect(problem.hasPrefix("REDIS_URL: found \"two:7000\", expected none, redis://HOST:PORT/DB"))
  }

  @Test(
    "Anything else is told",
    arguments: [
      ("redis: localhost:6379", "contexts.redis: found \"localhost:6379\", expected none, redis://HOST:PORT/DB"),
      ("redis: \"redis://host:x\"", "the port \"x\": expected 1 to 65535"),
      ("redis: [a]", "contexts.redis: found a list"),
      ("count_every: 9s", "contexts.count_every: found \"9s\", expected never or a duration from 10s to 24h"),
      ("count_every: 25h", "expected never or a duration from 10s to 24h"), ("count_every: 60", "the unit is missing"),
      ("layout: [a]", "contexts.layout: found a list, expected the path of a file"),
      ("queries: {customer: {messages: a}}", "contexts.queries.customer: unknown key; known here: client, admin"),
      ("queries: {client: {message: a}}", "contexts.queries.client.message: unknown key; did you mean messages?"),
      ("queries: {client: {messages: \"\"}}", "found nothing, expected one SELECT of 1 to 8192 bytes"),
      ("count_evry: 1m", "contexts.count_evry: unknown key; did you mean count_every?"),
    ])
  func mistakes(text: String, complaint: String) {
    let found = complaints(cohorts + "contexts: {\(text)}")
    #expect(found.count == 1, "\(found)")
    #expect(found[0].contains(complaint), "\(found)")
  }

  @Test("A mistake that leaves open which Redis is meant is known as one")
  func unclear() throws {
    func found(_ text: String) throws -> ContextsSettings {
      try Configuration.read(text: cohorts + text, file: "/etc/turnout/turnout.yaml").0.contexts
    }
    for text in ["contexts: {redis: localhost}", "contexts: [a]", "contexts: {rdis: redis://a}"] {
      #expect(try found(text).isUnclear, "\(text)")
    }
    for text in ["contexts: {redis: redis://a}", "contexts: {count_every: 1}", "contexts: {layout: [a]}", ""] {
      #expect(try !found(text).isUnclear, "\(text)")
    }
    for text in ["contexts: {layout: [a]}", "contexts: {queries: a}", "contexts: {layuot: a}", "contexts: [a]"] {
      #expect(try found(text).isLayoutUnclear, "\(text)")
    }
    for text in ["contexts: {redis: x}", "contexts: {count_every: 1}", "contexts: {layout: a}", ""] {
      #expect(try !found(text).isLayoutUnclear, "\(text)")
    }
  }

  @Test("No message shows what may be a password", arguments: ["redis://:p@ss@host:x", "redis:u:p@x"])
  func masked(text: String) {
    let message = complaints(cohorts + "contexts: {redis: \"\(text)\"}").joined()
    #expect(message.contains("***"), "\(message)")
    #expect(!message.contains(":p"), "\(message)")
  }

  @Test("A mistake there stops no command that changes flags")
  func located() throws {
    try withTemporaryFolder { folder in
      let file = folder + "/turnout.yaml"
      try "contexts: {redis: x, count_evry: 1m}".write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try Configuration.locate(file: file, overrides: Overrides()).passedOver == 2)
    }
  }

  @Test("docs/configuration.md gives the default and the range of the time between two counts")
  func documented() throws {
    let (low, high) = (Ranges.contextCount.lowerBound, Ranges.contextCount.upperBound)
    let standard = try #require(ContextsSettings().countEvery)
    let row =
      "| `count_every` | \(DurationText.text(standard)) | never, \(DurationText.text(low)) to \(DurationText.text(high)) | "
    #expect(try Repository.text("docs/configuration.md").contains(row))
  }
}

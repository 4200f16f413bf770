import FlagStore
import Flags
import Foundation
import LocalServer
import Synchronization
import TestSupport
import Testing

@testable import Admin

@Suite("Where the admin port draws its lines")
struct BoundaryTests {
  private func request(_ body: String, _ headers: [Header] = []) -> Request {
    Request(method: "POST", path: "/", headers: headers, body: Array(body.utf8))
  }

  private func edit(_ body: String) throws -> EditRequest {
    try EditRequest(request(body), allowed: ["hard", "allow", "by", "reason", "percentage"])
  }

  @Test("A kill is hard only where the body says so")
  func hard() throws {
    #expect(try !edit("").isHard())
    #expect(try !edit("{}").isHard())
    #expect(try !edit(#"{"hard": false}"#).isHard())
    #expect(try edit(#"{"hard": true}"#).isHard())
    for value in ["1", "null", #""true""#] {
      #expect(throws: EditError.self) { try edit(#"{"hard": \#(value)}"#).isHard() }
    }
  }

  @Test("A list has up to 10,000 users, a user 1 to 256 bytes")
  func users() throws {
    func list(_ user: String, _ count: Int) throws -> Int? {
      let users = repeatElement("\"\(user)\"", count: count).joined(separator: ",")
      return try edit(#"{"allow": [\#(users)]}"#).users("allow")?.count
    }
    #expect(try edit("{}").users("allow") == nil)
    for count in [0, 1, 9_999, 10_000] { #expect(try list("u", count) == count) }
    #expect(throws: EditError.self) { try list("u", 10_001) }
    #expect(try list(String(repeating: "é", count: 128), 1) == 1)
    for user in ["", String(repeating: "é", count: 128) + "x"] {
      #expect(throws: EditError.self) { try list(user, 1) }
    }
  }

  @Test("A name has up to 128 characters, a reason up to 256, and all can be printed")
  func notes() throws {
    func text(_ count: Int) -> String { String(repeating: "é", count: count) }
    #expect(try edit("{}").author() == "api")
    #expect(try edit("{}").reason() == nil)
    for count in [1, 128] { #expect(try edit(#"{"by": "\#(text(count))"}"#).author() == text(count)) }
    for count in [1, 256] { #expect(try edit(#"{"reason": "\#(text(count))"}"#).reason() == text(count)) }
    for count in [0, 129] { #expect(throws: EditError.self) { try edit(#"{"by": "\#(text(count))"}"#).author() } }
    for count in [0, 257] {
      #expect(throws: EditError.self) { try edit(#"{"reason": "\#(text(count))"}"#).reason() }
    }
    for code in ["0000", "001f", "007f", "009f", "2028", "202e", "2066", "2069"] {
      #expect(throws: EditError.self) { try edit(#"{"by": "a\u\#(code)"}"#).author() }
    }
    for code in ["0020", "00a0", "2027", "202f", "2065", "206a"] {
      #expect(try edit(#"{"by": "a\u\#(code)"}"#).author().unicodeScalars.count == 2)
    }
  }

  @Test(
    "If-Match is a revision in quotes, or a star, once",
    arguments: [
      ([], .none), (["*"], .any), (["\"7\""], .revision(7)), (["\"12\""], .revision(12)), (["\"\""], .malformed),
      (["7"], .malformed), (["\"7"], .malformed), (["7\""], .malformed), (["\"-7\""], .malformed),
      (["\"x\""], .malformed), (["W/\"7\""], .malformed), ([""], .malformed), (["\""], .malformed),
      (["*", "*"], .malformed), (["\"7\"", "\"7\""], .malformed), (["\"99999999999999999999\""], .malformed),
    ] as [([String], RevisionCondition)])
  func ifMatch(lines: [String], expected: RevisionCondition) {
    #expect(RevisionCondition(request("", lines.map { Header("if-match", $0) })) == expected)
  }

  @Test(
    "An entity tag is matched by itself, weakly or among others, and by a star; blanks around it do not matter",
    arguments: [
      (["\"a\""], true), (["W/\"a\""], true), (["*"], true), (["\"b\", \"a\""], true), (["\"b\"", "\"a\""], true),
      ([" \t\"a\"\t "], true), (["\"b\" ,\t\"a\" "], true), ([], false), ([""], false), (["\"b\""], false),
      (["a"], false), (["w/\"a\""], false), (["\"a\"x"], false), (["x\"a\""], false), (["**"], false),
    ] as [([String], Bool)])
  func entityTag(lines: [String], isMatched: Bool) {
    #expect(EntityTag.isMatched(by: lines, "\"a\"") == isMatched)
  }

  @Test(
    "The audit trail gives 100 entries, or from 1 to 1,000",
    arguments: [("", 100), ("limit=1", 1), ("limit=1000", 1_000), ("flag=A", 100)])
  func auditLimit(query: String, limit: Int) throws {
    #expect(try AuditQuery(query).limit == limit)
  }

  @Test("No other number of entries", arguments: ["limit=0", "limit=1001", "limit=-1", "limit=", "limit=x"])
  func wrongAuditLimit(query: String) { #expect(throws: QueryError.self) { try AuditQuery(query) } }

  @Test("A token has 32 to 256 characters")
  func tokenLength() {
    for (length, isToken) in [(0, false), (31, false), (32, true), (256, true), (257, false)] {
      #expect((AdminToken(String(repeating: "t", count: length)) != nil) == isToken, "\(length)")
    }
  }

  @Test("Nothing before the first semicolon is no media type")
  func mediaType() {
    #expect(
      AdminGuard.refusal(ofBody: request("{}", [Header("content-type", ";application/json")])) == .mediaType)
  }

  @Test("The sixth wrong token within a minute waits, and the 33rd within a second does not")
  func slowing() {
    let second: UInt64 = 1_000_000_000
    func delay(after moments: [UInt64], at now: UInt64) -> Duration {
      let counters = RefusalCounters()
      for moment in moments { _ = counters.add(.tokenWrong, now: moment) }
      return counters.add(.tokenWrong, now: now)
    }
    let five = [UInt64](repeating: second, count: 5)
    #expect(delay(after: five, at: 61 * second - 1) == .seconds(1))
    #expect(delay(after: five, at: 61 * second) == .zero)
    #expect(delay(after: Array(five.dropLast()), at: second) == .zero)
    let crowd = [UInt64](repeating: second, count: 32)
    #expect(delay(after: crowd, at: 2 * second - 1) == .zero)
    #expect(delay(after: crowd, at: 2 * second) == .seconds(1))
    #expect(delay(after: Array(crowd.dropLast()), at: second) == .seconds(1))
  }

  @Test("Each operation stands under its own path, and what asks for a change has no other members")
  func description() throws {
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(OpenAPI.document(version: "1"))) as? [String: Any])
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    let described = paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } }
    #expect(described.sorted() == OpenAPI.operations.map { "\($0.method) \($0.path)" }.sorted())
    for operation in OpenAPI.operations {
      let text = paths[operation.path]?[operation.method.lowercased()] as? [String: Any]
      #expect((text?["security"] != nil) == (operation.kind == .changes), "\(operation.path)")
    }
    let schemas = (document["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]]
    for name in ["Replacement", "Kill", "Note"] {
      #expect(schemas?[name]?["additionalProperties"] as? Bool == false, "\(name)")
    }
  }

  @Test(
    "A channel begins 10 seconds back, and then asks again for 2 seconds, of a fleet for 15", arguments: [false, true])
  func overlap(isFleet: Bool) throws {
    let fixture = try Fixture()
    let asked = Asked()
    var view = fixture.view
    view.history = HistoryView(
      comparison: { _, _ in nil },
      windows: { flag, resolution, from in
        asked.from.withLock { $0.append(from) }
        let window = WindowsDocument.Window(
          at: from + 100, seconds: 1, legacy: WindowsDocument.Figures(), unified: WindowsDocument.Figures())
        return WindowsDocument(flag: flag ?? "", resolution: resolution, fleet: isFleet, windows: [window], marks: [])
      })
    var channel = EventChannel(flag: Fixture.flagName)
    var documents = EventDocuments(view)
    for second in 0..<2 {
      _ = channel.events(now: UInt64(second) * 1_000_000_000, hasNewSubscriber: false, &documents)
    }
    let first = documents.wallSeconds - 10
    #expect(asked.from.withLock { $0 } == [first, first + 101 - (isFleet ? 15 : 2)])
  }

  private final class Asked: Sendable {
    let from = Mutex<[Double]>([])
  }

  @Test("A local kill is a metric that is 1 while it lasts", arguments: [false, true])
  func localKill(isKilled: Bool) throws {
    let fixture = try Fixture()
    if isKilled { fixture.source.status.withLock { $0.localKill = LocalKill(by: "anna") } }
    let lines = try fixture.ask("GET /metrics").text.split(separator: "\n")
    #expect(lines.contains("turnout_local_kill \(isKilled ? 1 : 0)"))
  }

  @Test("An edit says whether it changed the flag, and gives its revision as entity tag")
  func changed() throws {
    let store = OneFlag(Flag(name: "F", percentage: .zero, revision: 6))
    func response(_ edit: FlagEdit, _ condition: RevisionCondition = .none) throws -> (Bool?, String?) {
      let stored = StoredEdit(
        name: "F", condition: condition, edit: edit, signature: Signature(by: "b", from: "f", at: 0))
      let response = try stored.response(from: store)
      guard case .whole(let body) = response.body else { return (nil, nil) }
      let document = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
      return (document?["changed"] as? Bool, response.headers.first { $0.name == "ETag" }?.value)
    }
    #expect(try response(.set(.zero)) == (false, "\"6\""))
    #expect(try response(.set(.full)) == (true, "\"7\""))
    #expect(try response(.set(.full), .revision(7)) == (false, "\"7\""))
    #expect(throws: FlagStoreError.self) { try response(.set(.zero), .revision(6)) }
    #expect(try response(.set(.zero), .any) == (true, "\"8\""))
  }

  private final class OneFlag: FlagSource {
    let place = "memory"
    private let stored: Mutex<Flag>

    init(_ flag: Flag) { stored = Mutex(flag) }

    func names() throws(FlagStoreError) -> [String]? { nil }

    func flag(named name: String) throws(FlagStoreError) -> Flag { stored.withLock { $0 } }

    func store(_ edit: FlagEdit, of read: Flag, signed: Signature) throws(FlagStoreError) -> Flag {
      stored.withLock { flag in
        flag = edit.apply(to: read)
        flag.revision += 1
        return flag
      }
    }

    func audit(flag: String?, limit: Int) throws(FlagStoreError) -> AuditTrail { AuditTrail(entries: []) }

    func fleet() throws(FlagStoreError) -> [FleetMember]? { nil }
  }
}

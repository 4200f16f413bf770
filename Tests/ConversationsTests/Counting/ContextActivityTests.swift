import Redis
import TestSupport
import Testing

@testable import Conversations

@Suite("What a sample of contexts tells about their beginning and going on", .startsPrograms)
struct ContextActivityTests {
  /// 2026-03-01T09:30:00Z
  private static let now = 1_772_357_400

  private func time(_ minutesAgo: Int) -> String {
    let minutes = 9 * 60 + 30 - minutesAgo
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "2026-03-01T\(two(minutes / 60)):\(two(minutes % 60)):00+00:00"
  }

  private func id(_ number: Int) -> String { "00000000-0000-4000-8000-\(String(100_000_000_000 + number))" }

  private func read(_ server: RedisServer, _ layout: Layout) throws -> ContextActivity {
    var connection = try ContextLocation(address: try RedisAddress(parsing: server.address())).connect(as: "test")
    var count = KeyCount(KeyKinds(layout))
    while !count.isComplete { _ = count.take(try connection.command(count.command)) }
    return try ContextActivity.read(count, at: Self.now, &connection)
  }

  @Test("Created lately is counted on both sides, and one exchange among those that could have gone on")
  func guide() throws {
    let server = try RedisServer()
    let message = #"{"role":"user","content":"x"}"#
    for number in 0..<40 {
      // Ten are a minute old; of the others, 12 have one exchange.
      let age = number < 10 ? 1 : number < 20 ? 14 : 20
      let front = "conversation:client:user:\(number):\(id(number)):"
      let history = Array(repeating: message, count: number < 22 ? 2 : 3).joined(separator: ",")
      try server.cli("SET", front + "history", "[\(history)]")
      try server.cli("SET", front + "state", "[]")
      try server.cli("SET", front + "meta", #"{"created_at":"\#(time(age))","last_activity":"\#(time(0))"}"#)
    }
    for number in 0..<8 {
      let key = number.isMultiple(of: 2) ? "chat:admin:\(number)" : "chat:customer:\(number)"
      try server.cli("SET", key, #"{"createdAt":"\#(time(number < 6 ? 3 : 16))"}"#)
    }
    // Neither can be read; both count as contexts.
    try server.cli("LPUSH", "chat:customer:list", "x")
    try server.cli("SET", "chat:customer:none", "{}")
    let activity = try read(server, try Layout.named("spec-012"))
    #expect(activity.unifiedCreated == 20)
    #expect(activity.legacyCreated == 10 * 6.0 / 8)
    #expect(activity.settled == 30)
    #expect(activity.singleExchanges == 12)
    #expect(activity.singleExchangeShare == 0.4)
  }

  @Test("An empty Redis tells nothing, and 19 conversations no share")
  func few() throws {
    let server = try RedisServer()
    let layout = try Layout.named("spec-012")
    #expect(try read(server, layout) == ContextActivity())
    var activity = ContextActivity()
    (activity.settled, activity.singleExchanges) = (19, 19)
    #expect(activity.singleExchangeShare == nil)
    activity.settled = 20
    #expect(activity.singleExchangeShare == 0.95)
  }
}

import Admin
import Configuration
import FoundationEssentials
import HTTPClient
import LocalServer
import Proxy
import Reactor
import Synchronization
import Testing

@testable import turnout

/// An admin port that answers from fixtures, and remembers what it was asked.
private final class FakeAdmin: Sendable {
  private let answers = Answers()
  private let server: LocalServer

  init() throws {
    server = try LocalServer.start(name: "fake", host: "127.0.0.1", port: 0) { [answers] in answers.answer($0) }
  }

  deinit { server.stop() }

  var client: AdminClient { AdminClient(.tcp(host: "127.0.0.1", port: server.port)) }
  var asked: [String] { answers.questions.withLock { $0 } }

  func breakDown() { answers.isBroken.store(true, ordering: .relaxed) }
}

private final class Answers: Sendable {
  let questions = Mutex<[String]>([])
  let isBroken = Atomic(false)

  func answer(_ request: Request) -> Response {
    questions.withLock { $0.append(request.path + "?" + request.query) }
    guard !isBroken.load(ordering: .relaxed) else { return Self.json(["error": "no such flag"], status: 404) }
    switch request.path {
    case "/api/v1/compare": return Self.json(ComparisonFixture.harmful)
    case "/api/v1/windows":
      let window = WindowsDocument.Window(at: 1_772_357_999, seconds: 1, legacy: .init(requests: 5), unified: .init())
      return Self.json(
        WindowsDocument(
          flag: "UNIFIED_CONVERSATION_ENABLED", resolution: 1, fleet: false, windows: [window], marks: []))
    default: return Self.json(Self.status)
    }
  }

  private static var status: StatusDocument {
    StatusDocument(
      version: "0.1.0", pid: 1, startedAt: "", uptimeSeconds: 1, ready: true, draining: false, workers: 1, listen: [],
      generation: 7, flags: [], flagSource: .init(path: "/f", valid: true), cohorts: [], localResponses: [],
      connections: .init(open: 0, accepted: 0, acceptPauses: 0))
  }

  private static func json(_ value: some Encodable, status: Int = 200) -> Response {
    let body = (try? JSONEncoder().encode(value)).map { Array($0) } ?? []
    return .json(body, status: status)
  }
}

@Suite struct WatchFeedTests {
  private static let query = ComparisonQuery(flag: nil, scope: .stage)

  @Test("Every refresh requests the status, the comparison and the missing windows")
  func asking() throws {
    let admin = try FakeAdmin()
    let feed = try WatchFeed(admin.client, Self.query, interval: .seconds(1))
    feed.refresh()
    feed.show(.since(DurationArgument(.seconds(900))))
    feed.refresh()
    #expect(
      admin.asked == [
        "/api/v1/status?", "/api/v1/compare?since=stage",
        "/api/v1/windows?resolution=1&from=1772357100&flag=UNIFIED_CONVERSATION_ENABLED",
        "/api/v1/status?", "/api/v1/compare?since=15m",
        "/api/v1/windows?resolution=1&from=1772357984&flag=UNIFIED_CONVERSATION_ENABLED",
      ])
    #expect(feed.latest.history.windows.count == 1)
    #expect(feed.latest.error == nil)
    #expect(feed.latest.completedAt != nil)
  }

  @Test("When the proxy fails, the last data stays")
  func failing() throws {
    let admin = try FakeAdmin()
    let feed = try WatchFeed(admin.client, Self.query, interval: .seconds(1))
    feed.refresh()
    let answered = feed.latest.completedAt
    admin.breakDown()
    feed.refresh()
    #expect(feed.latest.error == .refused(status: 404, reason: "no such flag"))
    #expect(feed.latest.comparison == ComparisonFixture.harmful)
    #expect(feed.latest.completedAt == answered)
  }

  @Test("A log has a line for each refresh, and the sentence when the verdict changes")
  func log() throws {
    var (log, update) = (WatchLog(), WatchFeed.Update())
    #expect(log.lines(of: update, now: 0) == "")
    update.comparison = ComparisonFixture.harmful
    let first = """
      2026-03-01T09:40:00Z 10 % stage 2 h 5 min, legacy 123,456 requests 0.120 % errors p95 36.9 ms, \
      unified 13,717 requests 0.539 % errors p95 44.4 ms, HARMFUL\n
      """
    let sentence = "2026-03-01T09:40:00Z \(ComparisonFixture.harmful.sentence)\n"
    #expect(log.lines(of: update, now: 1_772_358_000) == first + sentence)
    #expect(log.lines(of: update, now: 1_772_358_000) == first)
    update.error = .unreachable("Connection refused")
    #expect(log.lines(of: update, now: 1_772_358_000) == "2026-03-01T09:40:00Z NO COMPARISON: Connection refused\n")
    update.error = nil
    update.comparison?.sampleRatio.off = true
    #expect(log.lines(of: update, now: 1_772_358_000).contains("HARMFUL, SPLIT IS OFF\n"))
  }
}

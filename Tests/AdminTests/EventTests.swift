import Concurrency
import FlagStore
import Flags
import Foundation
import LocalServer
import Reactor
import Synchronization
import TestSupport
import Testing

@testable import Admin

/// An admin server with a comparison and windows that count how often they are made.
private final class Scene {
  let fixture: Fixture
  let server: AdminServer
  let made = Made()

  final class Made: Sendable {
    let comparisons = Atomic(0)
    let windows = Atomic(0)
  }

  init(_ change: (inout ServerLimits) -> Void = { _ in }) throws {
    fixture = try Fixture()
    let made = made
    var view = fixture.view
    view.history = HistoryView(
      comparison: { flag, _ in
        made.comparisons.wrappingAdd(1, ordering: .relaxed)
        return ComparisonDocument(flag: flag ?? "")
      },
      windows: { flag, resolution, from in
        let number = made.windows.wrappingAdd(1, ordering: .relaxed).newValue
        let figures = WindowsDocument.Figures(requests: UInt64(resolution))
        let window = WindowsDocument.Window(
          at: from + Double(number), seconds: 1, legacy: figures, unified: figures)
        return WindowsDocument(flag: flag ?? "", resolution: resolution, fleet: false, windows: [window], marks: [])
      })
    var settings = AdminSettings()
    settings.token = AdminToken(String(repeating: "t", count: 40))
    change(&settings.limits)
    server = try AdminServer.start(host: "127.0.0.1", port: 0, view: view, settings: settings)
  }

  deinit {
    server.stop()
    server.join()
  }

  func ask(_ line: String, _ headers: String = "") throws -> WireClient {
    let client = try WireClient(port: server.port)
    client.send("\(line) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n")
    return client
  }

  func subscribe(_ query: String = "") throws -> EventReader {
    let client = try ask("GET /api/v1/events\(query)")
    let head = try client.response(toHead: true)
    #expect(head.status == 200)
    #expect(head["content-type"] == "text/event-stream")
    #expect(head["cache-control"] == "no-store")
    return EventReader(client)
  }

  /// As a watcher does.
  func publish(_ generation: UInt64, percentage: Double) throws {
    let flag = Flag(name: Fixture.flagName, percentage: try Percentage(percentage), revision: Int(generation))
    fixture.flags.publish(FlagSnapshot(generation: generation, flags: [flag]))
    server.flagsChanged()
  }
}

extension ComparisonDocument {
  fileprivate init(flag: String) {
    self.init(
      flag: flag, enabled: true, percentage: 10, revision: 1, scope: "stage", from: "", to: "", seconds: 1, stages: [],
      proxies: 1, silentProxies: [], legacy: Figures(), unified: Figures(), guardrails: [],
      sampleRatio: Ratio(expected: 0.1, seen: nil, p: nil, checked: false, off: false), verdict: "undecided",
      sentence: "")
  }
}

/// Reads events as they arrive.
private final class EventReader {
  private let client: WireClient
  private var text = ""

  init(_ client: WireClient) { self.client = client }

  /// The next event with that name, within 50 chunks.
  func next(_ name: String) throws -> [UInt8] {
    for _ in 0..<50 {
      while let end = text.range(of: "\n\n") {
        let lines = text[..<end.lowerBound].split(separator: "\n")
        text = String(text[end.upperBound...])
        if lines.first == "event: \(name)", let data = lines.last?.dropFirst("data: ".count) { return Array(data.utf8) }
      }
      text += String(decoding: try client.chunk(), as: UTF8.self)
    }
    throw NoEvent(name: name)
  }

  private struct NoEvent: Error {
    let name: String
  }

  func status() throws -> StatusDocument {
    try JSONDecoder().decode(StatusDocument.self, from: Data(try next("status")))
  }
}

@Suite("The event stream")
struct EventTests {
  @Test("The status comes at once, and again at every change")
  func status() throws {
    let scene = try Scene()
    let reader = try scene.subscribe("?flag=\(Fixture.flagName)")
    #expect(try reader.status().generation == 3)
    _ = try reader.next("audit")
    try scene.publish(4, percentage: 50)
    #expect(try String(decoding: reader.next("audit"), as: UTF8.self) == "{\"generation\":4}")
    var status = try reader.status()
    while status.generation == 3 { status = try reader.status() }
    #expect(status.generation == 4)
    #expect(status.flags.first?.percentage == 50)
  }

  @Test("Comparisons and windows are made once for all subscribers")
  func shared() throws {
    let scene = try Scene()
    let start = ContinuousClock.now
    let readers = try (0..<4).map { _ in try scene.subscribe() }
    for reader in readers {
      let windows = try JSONDecoder().decode(WindowsDocument.self, from: Data(try reader.next("windows")))
      #expect(windows.flag == Fixture.flagName)
      #expect(windows.resolution == 1)
      #expect(windows.windows.count == 1)
      _ = try reader.next("comparison")
    }
    // At most one each second and one at the start, whatever the number of subscribers.
    let seconds = Int(start.duration(to: .now) / .seconds(1)) + 2
    #expect(scene.made.comparisons.load(ordering: .relaxed) <= seconds)
    #expect(scene.made.windows.load(ordering: .relaxed) <= seconds)
  }

  @Test("Without subscribers nothing is made")
  func nobody() throws {
    let scene = try Scene()
    do {
      let reader = try scene.subscribe()
      _ = try reader.next("comparison")
    }
    // The end of the client is noticed at once, so at most a document under way is made in addition.
    try waitUntil { try metric(scene, "turnout_admin_listeners") == 0 }
    try scene.publish(5, percentage: 1)
    let before = scene.made.windows.load(ordering: .relaxed)
    try scene.publish(6, percentage: 2)
    usleep(1_200_000)
    #expect(scene.made.windows.load(ordering: .relaxed) == before)
  }

  @Test("An unknown flag and an invalid name are refused")
  func refused() throws {
    let scene = try Scene()
    #expect(try scene.ask("GET /api/v1/events?flag=nobody").response().status == 404)
    for query in ["flag=", "flag=a%20b", "flag=a&flag=b"] {
      #expect(try scene.ask("GET /api/v1/events?\(query)").response().status == 400)
    }
    #expect(try scene.ask("HEAD /api/v1/events").response(toHead: true).status == 200)
  }

  @Test("One subscriber beyond the limit is refused and counted, and controls work while none of them reads")
  func stalled() throws {
    let scene = try Scene { $0.subscribers = 16 }
    let stalled = try (0..<16).map { _ in try scene.subscribe() }
    #expect(try scene.ask("GET /api/v1/events").response().status == 503)
    #expect(try metric(scene, "turnout_admin_listeners") == 16)
    #expect(try metric(scene, "turnout_admin_listeners_refused_total{reason=\"limit\"}") == 1)
    for generation in 4..<40 { try scene.publish(UInt64(generation), percentage: 1) }
    let token = "Authorization: Bearer \(String(repeating: "t", count: 40))\r\n"
    let kill = try scene.ask("POST /api/v1/kill", token).response()
    // This fixture has no local kill switch: the response shows that the request was handled.
    #expect(kill.status == 503)
    #expect(kill.text.contains("no local kill switch"))
    _ = stalled
  }

  private func metric(_ scene: Scene, _ name: String) throws -> Int? {
    let lines = try scene.ask("GET /metrics").response().text.split(separator: "\n")
    return lines.first { $0.hasPrefix(name + " ") }.flatMap { Int($0.dropFirst(name.count + 1)) }
  }

  private func waitUntil(_ condition: () throws -> Bool) throws {
    #expect(try eventually(within: .seconds(10), condition))
  }
}

@Suite("The schedule of events")
struct EventScheduleTests {
  private static let second: UInt64 = 1_000_000_000
  private let calm = EventSchedule.State(
    generation: 1, isKilledLocally: false, isSourceValid: true, isSourceAway: false, isStoreLost: false,
    isDraining: false)

  /// The events due at each tenth of a second, as "second: events".
  private func run(
    _ tenths: Range<UInt64>, _ change: (inout EventSchedule.State, UInt64) -> Void = { _, _ in }
  ) -> [String] {
    var (schedule, state, lines) = (EventSchedule(), calm, [String]())
    for tenth in tenths {
      change(&state, tenth)
      let due = schedule.takeDue(now: tenth * Self.second / 10, state)
      if !due.isEmpty { lines.append("\(Double(tenth) / 10): " + due.map { "\($0)" }.joined(separator: " ")) }
    }
    return lines
  }

  @Test("Windows are due each second, comparisons every two, the status every five")
  func periods() {
    #expect(
      run(0..<60) == [
        "0.0: audit status windows comparison", "1.0: windows", "2.0: audit windows comparison", "3.0: windows",
        "4.0: windows comparison", "5.0: status windows",
      ])
  }

  @Test("A change is due at once, and the audit event then and once more two seconds later")
  func change() {
    let lines = run(0..<40) { state, tenth in if tenth == 13 { state.generation = 2 } }
    #expect(lines.contains("1.3: audit status"))
    #expect(lines.filter { $0.contains("audit") }.map { $0.prefix(3) } == ["0.0", "1.3", "3.3"])
  }

  @Test("Not only the generation causes events", arguments: StateChange.all)
  func state(change: StateChange) {
    #expect(run(0..<10) { state, tenth in if tenth == 5 { change.apply(&state) } }.contains("0.5: audit status"))
  }

  @Test("A new subscriber gets a comparison within a second, and no faster")
  func welcome() {
    var schedule = EventSchedule()
    _ = schedule.takeDue(now: 10 * Self.second, calm)
    for moment in stride(from: 10 * Self.second, to: 11 * Self.second, by: 100_000_000) {
      schedule.addSubscriber(now: moment)
      #expect(moment == 10 * Self.second || !schedule.takeDue(now: moment, calm).contains(.comparison))
    }
    #expect(schedule.takeDue(now: 11 * Self.second, calm).contains(.comparison))
  }

  @Test("The next deadline is the earliest")
  func next() {
    var schedule = EventSchedule()
    #expect(schedule.next == Deadline(nanoseconds: 0))
    _ = schedule.takeDue(now: 7 * Self.second, calm)
    #expect(schedule.next == Deadline(nanoseconds: 8 * Self.second))
  }
}

/// A change that causes events at once.
struct StateChange: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let apply: @Sendable (inout EventSchedule.State) -> Void

  fileprivate static let all = [
    StateChange(testDescription: "killed locally") { $0.isKilledLocally = true },
    StateChange(testDescription: "source not valid") { $0.isSourceValid = false },
    StateChange(testDescription: "source away") { $0.isSourceAway = true },
    StateChange(testDescription: "store lost") { $0.isStoreLost = true },
    StateChange(testDescription: "draining") { $0.isDraining = true },
  ]
}

import Admin
import FlagStore
import Flags
import Foundation
import LocalServer
import Synchronization
import TestSupport
import Testing

/// A store that answers when the test lets it.
private final class HeldStore: FlagSource {
  let isOpen = Atomic(false)
  let stored = Mutex(Flag(name: Fixture.flagName, percentage: .zero, revision: 1))
  let calls = Atomic(0)
  let place = "held"

  private func wait() {
    calls.wrappingAdd(1, ordering: .relaxed)
    while !isOpen.load(ordering: .acquiring) { usleep(1_000) }
  }

  func names() throws(FlagStoreError) -> [String]? { nil }

  func flag(named name: String) throws(FlagStoreError) -> Flag {
    wait()
    return stored.withLock { $0 }
  }

  func store(_ edit: FlagEdit, of read: Flag, signed: Signature) throws(FlagStoreError) -> Flag {
    stored.withLock { flag in
      flag = edit.apply(to: read)
      flag.revision += 1
      return flag
    }
  }

  func audit(flag: String?, limit: Int) throws(FlagStoreError) -> AuditTrail {
    wait()
    return AuditTrail(entries: [])
  }

  func fleet() throws(FlagStoreError) -> [FleetMember]? { throw .unreachable(place: place, reason: "no answer") }
}

/// An admin server over such a store.
private final class Scene {
  let store = HeldStore()
  let server: AdminServer
  private let queue: StoreJobQueue
  private let fixture: Fixture
  private static let token = String(repeating: "t", count: 40)

  init(_ change: (inout ServerLimits) -> Void = { _ in }) throws {
    fixture = try Fixture()
    queue = try StoreJobQueue(store)
    var view = fixture.view
    view.store = queue
    var settings = AdminSettings()
    settings.token = AdminToken(Self.token)
    change(&settings.limits)
    server = try AdminServer.start(host: "127.0.0.1", port: 0, view: view, settings: settings)
  }

  deinit {
    store.isOpen.store(true, ordering: .releasing)
    server.stop()
    server.join()
    queue.stop()
    queue.join()
  }

  func ask(_ line: String) throws -> WireClient {
    let client = try WireClient(port: server.port)
    client.send("\(line) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(Self.token)\r\n\r\n")
    return client
  }

  func open() { store.isOpen.store(true, ordering: .releasing) }

  func waitForCall() { while store.calls.load(ordering: .relaxed) == 0 { usleep(1_000) } }
}

@Suite struct StoreDeskTests {
  @Test("While the store hangs, all that does not need it is answered")
  func hangingStore() throws {
    let scene = try Scene()
    let waiting = try scene.ask("GET /api/v1/audit")
    scene.waitForCall()
    for path in ["/metrics", "/healthz", "/api/v1/status", "/api/v1/flags"] {
      #expect(try scene.ask("GET \(path)").response().status == 200)
    }
    scene.open()
    let answer = try waiting.response()
    #expect(answer.status == 200)
    #expect(answer.text == #"{"entries":[],"unreadable":0}"# + "\n")
    #expect(answer["cache-control"] == "no-store")
  }

  @Test("So many requests wait for the store; one more is answered 503 at once")
  func fullQueue() throws {
    let scene = try Scene()
    let first = try scene.ask("GET /api/v1/audit")
    scene.waitForCall()
    let waiting = try (0..<64).map { _ in try scene.ask("GET /api/v1/audit") }
    // Connections are accepted in their order, so when the second of these is answered, all before are taken up.
    for _ in 0..<2 { _ = try scene.ask("GET /healthz").response() }
    let refused = try scene.ask("GET /api/v1/audit").response()
    #expect(refused.status == 503)
    #expect(refused.text.contains("try again"))
    scene.open()
    for client in [first] + waiting { #expect(try client.response().status == 200) }
  }

  @Test("An edit is skipped after its client has timed out or left")
  func abandoned() throws {
    let scene = try Scene { $0.response = .milliseconds(500) }
    let first = try scene.ask("GET /api/v1/audit")
    scene.waitForCall()
    let kill = "POST /api/v1/flags/\(Fixture.flagName)/kill"
    let late = try scene.ask(kill)
    do {
      let gone = try scene.ask(kill)
      usleep(20_000)
      gone.reset()
    }
    #expect(try first.response().status == 504)
    #expect(try late.response().status == 504)
    scene.open()
    #expect(try scene.ask("GET /api/v1/audit").response().status == 200)
    #expect(scene.store.stored.withLock { $0.revision } == 1)
    let answer = try scene.ask(kill).response()
    #expect(answer.status == 200)
    #expect(scene.store.stored.withLock { !$0.isEnabled })
  }

  @Test("A store that does not answer is 503, and says so")
  func unreachable() throws {
    let scene = try Scene()
    let answer = try scene.ask("GET /api/v1/proxies").response()
    #expect(answer.status == 503)
    #expect(answer.text.contains("the store does not answer"))
  }

  @Test("Without a store there is nothing to edit, and it says so")
  func noStore() throws {
    let fixture = try Fixture()
    #expect(try fixture.ask("GET /api/v1/audit").status == 503)
  }
}

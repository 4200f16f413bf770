import Conversations
import Flags
import Redis
import Synchronization
import TestSupport
import Testing

@Suite("A Redis that refuses, or is away", .startsPrograms)
struct StoreRefusalTests {
  private let hello = Message(.user, "Hello", at: 1)

  @Test(
    "A full server, a replica and a wrong password are clear errors; nothing is half written",
    arguments: Cohort.allCases)
  func refusals(_ cohort: Cohort) throws {
    var options = RedisServerOptions()
    options.password = "secret"
    let fixture = try StoreFixture(options)
    let look = try fixture.look()
    let store = fixture.store(cohort)
    let context = try store.appendUserMessage(1)
    let before = try look("DBSIZE")
    try look("CONFIG", "SET", "maxmemory", "1")
    for owner in [context.owner, ContextOwner(.client, "new")] {
      #expect("\(try #require(store.failure(from: owner)))".contains("Raise maxmemory"))
    }
    try look("CONFIG", "SET", "maxmemory", "0")
    try look("REPLICAOF", "127.0.0.1", "1")
    #expect("\(try #require(store.failure()))".contains("use the address of the primary"))
    try look("REPLICAOF", "NO", "ONE")
    #expect(try look("DBSIZE") == before)
    #expect(try store.appendUserMessage(2).texts == ["1", "2"])
    let stranger = ContextLocation(address: try RedisAddress(parsing: fixture.server.address(credentials: ":wrong")))
    let other = fixture.store(cohort, over: ContextConnections(stranger, name: "tests"))
    let error = try #require(other.failure())
    #expect("\(error)".contains("Check the user and the password"))
    #expect(!"\(error)".contains("wrong@"))
    guard case .circuitOpen(.refused) = other.failure() else {
      Issue.record("asked again at once")
      return
    }
  }

  @Test(
    "A server that is away costs one call its time, the next nothing, and is found again", arguments: Cohort.allCases)
  func away(_ cohort: Cohort) throws {
    let fixture = try StoreFixture()
    let store = fixture.store(cohort, over: fixture.connections(milliseconds: 250))
    _ = try store.appendUserMessage(1)
    let clock = ContinuousClock()
    fixture.server.stop()
    var error: ContextError?
    #expect(clock.measure { error = store.failure() } >= .milliseconds(249))
    guard case .redis(.timedOut) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    for _ in 0..<100 {
      guard case .circuitOpen(.timedOut) = store.failure() else {
        Issue.record("asked while it is known to be away")
        return
      }
    }
    fixture.server.continue()
    try expectFound(store)
    fixture.server.kill()
    // The end of the connection is seen before anything is sent on it.
    guard case .redis(.unreachable) = store.failure() else {
      Issue.record("not noticed")
      return
    }
    try fixture.server.restart()
    try expectFound(store)
  }

  private func expectFound(_ store: any ContextStore) throws {
    for _ in 0..<100 {
      if store.failure() == nil { return }
      pause(.milliseconds(50))
    }
    Issue.record("not found again: \(String(describing: store.failure()))")
  }

  @Test("Who finds all connections in use waits in line, and no longer than a call may take")
  func bounded() throws {
    let fixture = try StoreFixture()
    let connections = fixture.connections(milliseconds: 10_000, count: 2)
    let store = fixture.store(.unified, over: connections)
    try onThreads(16) { thread in
      for number in 0..<20 { _ = try store.appendUserMessage(number, from: ContextOwner(.client, "\(thread)")) }
    }
    let names = try #require(try fixture.look()("CLIENT", "LIST").text)
    #expect((1...2).contains(names.components(of: "name=tests")))
    // Nobody gives the one connection back in time.
    let busy = fixture.store(.unified, over: fixture.connections(milliseconds: 300, count: 1))
    fixture.server.stop()
    let kinds = Mutex<Set<String>>([])
    try onThreads(2) { _ in
      let kind =
        switch busy.failure() {
        case .redis(.timedOut): "timed out"
        case .busy(300), .circuitOpen: "did not wait longer"
        case let other: "\(String(describing: other))"
        }
      kinds.withLock { _ = $0.insert(kind) }
    }
    #expect(kinds.withLock { $0 } == ["timed out", "did not wait longer"])
    fixture.server.continue()
  }
}

extension String {
  fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}

import Admin
import Concurrency
import FlagStore
import Flags
import FoundationEssentials
import Statistics
import Synchronization
import TestSupport
import Testing

@Suite struct StatusTests {
  private func status(_ fixture: Fixture) throws -> StatusDocument {
    let answer = try fixture.ask("GET /api/v1/status")
    #expect(answer.status == 200)
    #expect(answer["content-type"] == "application/json")
    return try JSONDecoder().decode(StatusDocument.self, from: Data(answer.body.bytes))
  }

  @Test("The status has the process, its start and the flags in force")
  func process() throws {
    let status = try status(try Fixture())
    #expect(status.version == "1.2.3")
    #expect(status.pid == 4711)
    #expect(status.workers == 2)
    #expect(status.startedAt == "2023-11-14T22:13:20Z")
    #expect(status.uptimeSeconds == 0)
    #expect(status.listen == ["127.0.0.1:8080"])
    #expect(status.ready)
    #expect(!status.draining)
    #expect(status.generation == 3)
    let flag = try #require(status.flags.first)
    #expect(flag.name == Fixture.flagName)
    #expect(flag.enabled)
    #expect(flag.percentage == 12.5)
    #expect(flag.revision == 7)
    #expect(flag.allowCount == 2)
    #expect(flag.denyCount == 1)
    #expect(flag.salt == nil)
    #expect(flag.hash == nil)
  }

  @Test("A newly published snapshot is in the next status")
  func publication() throws {
    let fixture = try Fixture()
    fixture.flags.publish(
      FlagSnapshot(
        generation: 4, flags: [Flag(name: Fixture.flagName, isEnabled: false, percentage: .full, revision: 8)]))
    let status = try status(fixture)
    #expect(status.generation == 4)
    #expect(status.flags.first?.enabled == false)
    #expect(status.flags.first?.revision == 8)
  }

  @Test("A scheme that is not the default is shown")
  func scheme() throws {
    let fixture = try Fixture()
    fixture.flags.publish(
      FlagSnapshot(generation: 4, flags: [Flag(name: Fixture.flagName, percentage: .full, hash: .splitClients)]))
    #expect(try status(fixture).flags.first?.hash == "split_clients")
  }

  @Test("An invalid source is shown with its error, and the proxy stays ready")
  func source() throws {
    let fixture = try Fixture()
    fixture.source.status.withLock { status in
      status.isValid = false
      status.error = "flags.json:1:1: \"broken\""
      status.errorSinceSeconds = 1_700_000_000
      status.rejectedCount = 2
      status.reloadCount = 5
    }
    let status = try status(fixture)
    #expect(!status.flagSource.valid)
    #expect(status.flagSource.error == "flags.json:1:1: \"broken\"")
    #expect(status.flagSource.errorSince == "2023-11-14T22:13:20Z")
    #expect(status.flagSource.rejectedChanges == 2)
    #expect(status.flagSource.reloads == 5)
    #expect(status.flagSource.path.hasPrefix("/"))
    #expect(status.flagSource.path.hasSuffix("/flags.json"))
    #expect(status.ready)
  }

  @Test("Draining is shown, and is not ready")
  func draining() throws {
    let fixture = try Fixture()
    fixture.source.isDraining.store(true, ordering: .releasing)
    let status = try status(fixture)
    #expect(status.draining)
    #expect(!status.ready)
  }

  @Test("Each cohort has its own counters and latencies in milliseconds")
  func cohorts() throws {
    let fixture = try Fixture()
    fixture.serve(99, nanoseconds: 2_000_000, .unified)
    fixture.serve(1, nanoseconds: 50_000_000, .unified)
    fixture.add(3, .started, .legacy)
    fixture.add(4, .error5xx, .unified)
    fixture.add(5, .errorBadResponse, .unified)
    let status = try status(fixture)
    #expect(status.cohorts.map(\.cohort) == ["legacy", "unified"])
    let (legacy, unified) = (status.cohorts[0], status.cohorts[1])
    #expect(unified.requests == 100)
    #expect(unified.requestsByStatus["2xx"] == 100)
    #expect(unified.inFlight == 0)
    #expect(unified.errors.serverErrors == 4)
    #expect(unified.errors.badResponse == 5)
    #expect(legacy.requests == 0)
    #expect(legacy.inFlight == 3)
    #expect(legacy.firstByteMilliseconds == StatusDocument.Latency())
    let p50 = try #require(unified.firstByteMilliseconds.p50)
    let p999 = try #require(unified.totalMilliseconds.p999)
    #expect(abs(p50 - 2) < 0.02)
    #expect(abs(p999 - 50) < 0.5)
    #expect(unified.firstByteMilliseconds.mean == 2.48)
  }

  @Test("Routes with a fixed cohort are shown once they were used")
  func fixedRoutes() throws {
    let fixture = try Fixture()
    fixture.serve(1, nanoseconds: 1_000, group: 1, .legacy)
    #expect(try status(fixture).cohorts.map(\.flag) == [Fixture.flagName, Fixture.flagName, "none", "none"])
  }

  @Test("Local responses, also under their old name, and client connections are counted")
  func responsesAndConnections() throws {
    let fixture = try Fixture()
    fixture.lane.add(6, at: fixture.layout.indices.localResponseBase + 1)
    fixture.lane.add(9, at: fixture.layout.indices.workerBase + WorkerCounter.connectionsAccepted.index)
    fixture.lane.add(2, at: fixture.layout.indices.workerBase + WorkerCounter.connectionsClosed.index)
    #expect(try fixture.ask("GET /api/v1/status").text.contains(#""own_answers":[{"count":6"#))
    let status = try status(fixture)
    #expect(status.localResponses == [StatusDocument.LocalResponse(status: 503, reason: "queue_full", count: 6)])
    #expect(status.connections == StatusDocument.Connections(open: 7, accepted: 9, acceptPauses: 0))
  }
}

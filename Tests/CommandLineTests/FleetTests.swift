import FlagStore
import Flags
import HTTPClient
import Reactor
import Synchronization
import Testing

@testable import turnout

@Suite struct FleetTests {
  private static let flag = Flag(name: "F", percentage: .full, revision: 4)

  private func confirm(_ answers: [FleetMember]..., wait: Duration = .milliseconds(200)) -> turnout.Confirmation.Result
  {
    turnout.Confirmation(
      flag: Self.flag, source: Register(answers), client: AdminClient(.unix(path: "/nowhere")),
      start: MonotonicClock.now(),
      deadline: Deadline(after: wait)
    ).wait()
  }

  private func fleet(_ result: turnout.Confirmation.Result) -> FleetConfirmation? {
    if case .fleet(let fleet) = result { fleet } else { nil }
  }

  @Test("Every live proxy must confirm, even one that starts late, but not one that drains or has no route")
  func everyone() throws {
    let result = confirm(
      [member("a", 3), member("b", 4), member("old", 1, draining: true), member("other", nil)],
      [member("a", 4), member("b", 4), member("c", 3)], [member("a", 5), member("b", 4), member("c", 4)])
    let found = try #require(fleet(result))
    #expect(found.confirmed.map(\.name) == ["a", "b", "c"])
    #expect(found.missing.isEmpty)
    #expect(found.text.hasPrefix("3 of 3 proxies in "))
  }

  @Test("At the deadline, the proxies that did not confirm are named, with the time they were last heard")
  func missing() throws {
    let found = try #require(fleet(confirm([member("a", 4), member("b", 3)], wait: .milliseconds(20))))
    #expect(found.text.hasPrefix("1 of 2 proxies"))
    #expect(found.lines(now: 1_772_357_412) == ["  b (admin 127.0.0.1:9901, pid 7): last heard 12 s ago"])
  }

  @Test("Without proxies nothing is confirmed, and --wait 0s asks nobody")
  func nobody() throws {
    let found = try #require(fleet(confirm([])))
    #expect(found.total == 0)
    #expect(found.notUsing.isEmpty)
    guard case .notAwaited = confirm([member("a", 4)], wait: .zero) else {
      Issue.record("it was awaited")
      return
    }
  }

  @Test("A store that fails after the change is reported")
  func failing() {
    guard case .fleetUnknown = confirm() else {
      Issue.record("the fleet was known")
      return
    }
  }

  @Test("The table of the fleet fits 80 columns and names unusual states")
  func table() {
    var killed = member(String(repeating: "n", count: 60), 4)
    killed.isKilledLocally = true
    killed.generation = 123_456
    let report = FleetReport(
      members: [member("edge-1", 4), killed, member("edge-3", 4, draining: true)], flag: "F", now: 1_772_357_401)
    #expect(
      report.lines == [
        "proxies            version  admin                generation revision  heard",
        "edge-1             0.1.0    127.0.0.1:9901                1        4  now",
        "nnnnnnnnnnnnnnn... 0.1.0    127.0.0.1:9901           123456        4  now", "  KILLED locally",
        "edge-3             0.1.0    127.0.0.1:9901                1        4  now", "  draining",
      ])
    #expect(FleetReport(members: [], flag: nil, now: 0).lines == ["no proxy is registered in the store"])
  }
}

/// Heard at 1772357400.
func member(_ name: String, _ revision: Int?, draining: Bool = false) -> FleetMember {
  var member = FleetMember(id: name, name: name, version: "0.1.0", pid: 7, admin: "127.0.0.1:9901")
  member.generation = 1
  member.revisions = revision.map { ["F": $0] } ?? [:]
  member.draining = draining
  member.heardAt = "2026-03-01T09:30:00Z"
  return member
}

/// A store that answers the question who runs with one list after the other, the last again and again.
private final class Register: FlagSource {
  private let answers: Mutex<[[FleetMember]]>

  init(_ answers: [[FleetMember]]) { self.answers = Mutex(answers) }

  let place = "register"

  func names() throws(FlagStoreError) -> [String]? { nil }
  func flag(named name: String) throws(FlagStoreError) -> Flag { throw gone }
  func store(_ edit: FlagEdit, of read: Flag, signed: Signature) throws(FlagStoreError) -> Flag { throw gone }
  func audit(flag: String?, limit: Int) throws(FlagStoreError) -> AuditTrail { throw gone }

  func fleet() throws(FlagStoreError) -> [FleetMember]? {
    let answer = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first }
    guard let answer else { throw gone }
    return answer
  }

  private var gone: FlagStoreError { .unreachable(place: place, reason: "gone") }
}

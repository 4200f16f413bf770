import Admin
import Bytes
import FlagStore
import Flags
import Glibc
import Reactor

/// Polls until the proxies decide by a flag that was just written: all proxies registered in the store, or, if the store
/// keeps no register, the one at the admin port.
struct Confirmation {
  enum Result {
    case inForce(InForce)
    /// The flag was changed again before the proxy confirmed.
    case superseded(Flag)
    /// The time is over; the last status of the proxy.
    case notInForce(StatusDocument)
    /// No route of the proxy uses this flag.
    case notUsed(StatusDocument)
    case unreachable(AdminError)
    /// `--wait 0s`.
    case notAwaited
    /// The proxies that share a store.
    case fleet(FleetConfirmation)
    /// The store accepted the change, but its register of proxies cannot be read.
    case fleetUnknown(FlagStoreError)
  }

  /// One proxy, which decides by the flag.
  struct InForce {
    var status: StatusDocument
    var milliseconds: Double
  }

  let flag: Flag
  let source: any FlagSource
  let client: AdminClient
  let start: UInt64
  let deadline: Deadline

  func wait() -> Result {
    guard !deadline.hasPassed else { return .notAwaited }
    do throws(FlagStoreError) {
      guard let members = try source.fleet() else { return waitForOne() }
      return try waitForFleet(members)
    } catch {
      return .fleetUnknown(error)
    }
  }

  private var milliseconds: Double { Double(MonotonicClock.now() &- start) / 1e6 }

  // MARK: The fleet

  private func waitForFleet(_ first: [FleetMember]) throws(FlagStoreError) -> Result {
    var (members, pause): ([FleetMember], UInt32) = (first, 1_000)
    while true {
      let fleet = FleetConfirmation(members, flag: flag, milliseconds: milliseconds)
      guard !fleet.missing.isEmpty, !deadline.hasPassed else { return .fleet(fleet) }
      usleep(pause)
      pause = min(pause + pause / 8, 50_000)
      members = try source.fleet() ?? []
    }
  }

  // MARK: One proxy

  private func waitForOne() -> Result {
    var pause: UInt32 = 1_000
    while true {
      let status: StatusDocument
      do throws(AdminError) {
        // Near the end, a slow response still gets a quarter of a second.
        status = try client.status(within: max(deadline.remaining, .milliseconds(250))).document
      } catch {
        return .unreachable(error)
      }
      if let result = result(of: status) { return result }
      guard !deadline.hasPassed else { return .notInForce(status) }
      usleep(pause)
      pause = min(pause + pause / 8, 50_000)
    }
  }

  /// Nil while the change may still come into force.
  private func result(of status: StatusDocument) -> Result? {
    guard var seen = status.flags.first(where: { $0.name == flag.name }) else { return .notUsed(status) }
    // A local kill or a lost store shows every flag as killed; the other members are those of the store.
    if status.flagSource.isOverridden {
      seen.enabled = seen.storedEnabled ?? flag.isEnabled
      seen.storedEnabled = nil
    }
    if seen == StatusDocument.FlagState(flag) {
      return .inForce(InForce(status: status, milliseconds: milliseconds))
    }
    // A proxy that reads another store may have any revision. Only our own store shows that the change was replaced.
    guard seen.revision > flag.revision, let stored = try? source.flag(named: flag.name), stored != flag else {
      return nil
    }
    return .superseded(stored)
  }
}

extension StatusDocument.FlagSource {
  /// Whether something overrides the flags of the store.
  var isOverridden: Bool { localKill != nil || storeLost == true }
}

/// Which of the proxies that share a store decide by a revision of a flag. Proxies that drain or have no route for the
/// flag do not count. A proxy that went silent is missing: it may still serve requests.
struct FleetConfirmation {
  let confirmed: [FleetMember]
  let missing: [FleetMember]
  /// Running, without a route that uses the flag.
  let notUsing: [FleetMember]
  let milliseconds: Double

  init(_ members: [FleetMember], flag: Flag, milliseconds: Double) {
    let live = members.filter { !$0.draining }
    let using = live.filter { $0.revisions[flag.name] != nil }
    confirmed = using.filter { ($0.revisions[flag.name] ?? 0) >= flag.revision }
    missing = using.filter { ($0.revisions[flag.name] ?? 0) < flag.revision }
    notUsing = live.filter { $0.revisions[flag.name] == nil }
    self.milliseconds = milliseconds
  }

  var total: Int { confirmed.count + missing.count }
  var killedLocally: [FleetMember] { confirmed.filter(\.isKilledLocally) }

  /// `3 of 3 proxies in 4.1 ms`
  var text: String {
    "\(confirmed.count) of \(counted(total, "proxy", "proxies")) in \(NumberText.milliseconds(milliseconds))"
  }

  /// The proxies that did not confirm, one line each.
  func lines(now: Int) -> [String] {
    missing.map { member in
      let name = "\(Console.printable(member.name)) (admin \(Console.printable(member.admin)), pid \(member.pid))"
      let heard = "last heard \(TimeText.ago(member.heardAt, now: now))"
      return "  \(name): \(member.isSilent == true ? "silent, " : "")\(heard)"
    }
  }
}

extension FleetMember {
  /// Its name in JSON.
  var label: String { "\(name) (\(admin))" }
}

import Admin
import FlagStore
import Flags
import Glibc
import Reactor

/// Asks until the proxies decide by a flag as it was just written: those that are registered in the store, or, where the
/// store keeps no register, the one at the admin port.
struct Confirmation {
  enum Result {
    case inForce(InForce)
    /// The flag was changed again before the proxy was asked.
    case superseded(Flag)
    /// Time is over; what the proxy said last.
    case notInForce(StatusDocument)
    /// The proxy has no route that asks this flag.
    case notAsked(StatusDocument)
    case unreachable(AdminError)
    /// `--wait 0s`.
    case notAwaited
    /// What the proxies that share a store came to.
    case fleet(FleetReply)
    /// The store took the change and did not say who runs.
    case fleetUnknown(FlagStoreError)
  }

  /// One proxy decides by the flag.
  struct InForce {
    var status: StatusDocument
    var milliseconds: Double
  }

  let flag: Flag
  let source: any FlagSource
  let client: AdminClient
  let start: UInt64
  let deadline: UInt64

  func wait() -> Result {
    guard MonotonicClock.now() < deadline else { return .notAwaited }
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
      let answer = FleetReply(members, flag: flag, milliseconds: milliseconds)
      guard !answer.missing.isEmpty, MonotonicClock.now() < deadline else { return .fleet(answer) }
      usleep(pause)
      pause = min(pause + pause / 8, 50_000)
      members = try source.fleet() ?? []
    }
  }

  // MARK: One proxy

  private func waitForOne() -> Result {
    var pause: UInt32 = 1_000
    while true {
      let now = MonotonicClock.now()
      let status: StatusDocument
      do throws(AdminError) {
        // An answer that is slow in coming is waited for a little longer than the change itself.
        status = try client.status(within: max(Deadline(nanoseconds: deadline).remaining(at: now), .milliseconds(250)))
          .document
      } catch {
        return .unreachable(error)
      }
      if let result = result(of: status) { return result }
      guard MonotonicClock.now() < deadline else { return .notInForce(status) }
      usleep(pause)
      pause = min(pause + pause / 8, 50_000)
    }
  }

  /// Nil while the change may still come.
  private func result(of status: StatusDocument) -> Result? {
    guard var seen = status.flags.first(where: { $0.name == flag.name }) else { return .notAsked(status) }
    // What outranks the store shows every flag as killed; the rest is what the store has.
    if status.flagSource.isOverridden {
      seen.enabled = seen.storedEnabled ?? flag.isEnabled
      seen.storedEnabled = nil
    }
    if seen == StatusDocument.FlagState(flag) {
      return .inForce(InForce(status: status, milliseconds: milliseconds))
    }
    // A proxy that reads another store may have any revision; only our own store tells that ours was replaced.
    guard seen.revision > flag.revision, let stored = try? source.flag(named: flag.name), stored != flag else {
      return nil
    }
    return .superseded(stored)
  }
}

extension StatusDocument.FlagSource {
  /// Whether something outranks the flags of the store.
  var isOverridden: Bool { localKill != nil || storeLost == true }
}

/// Which of the proxies that share a store decide by a revision of a flag. Those that drain are not waited for, nor those
/// that have no route for the flag. One that went silent before the change is missing: it may serve on.
struct FleetReply {
  let confirmed: [FleetMember]
  let missing: [FleetMember]
  /// Running, without a route that asks the flag.
  let notAsking: [FleetMember]
  let milliseconds: Double

  init(_ members: [FleetMember], flag: Flag, milliseconds: Double) {
    let live = members.filter { !$0.draining }
    let asking = live.filter { $0.revisions[flag.name] != nil }
    confirmed = asking.filter { ($0.revisions[flag.name] ?? 0) >= flag.revision }
    missing = asking.filter { ($0.revisions[flag.name] ?? 0) < flag.revision }
    notAsking = live.filter { $0.revisions[flag.name] == nil }
    self.milliseconds = milliseconds
  }

  var total: Int { confirmed.count + missing.count }
  var killedLocally: [FleetMember] { confirmed.filter(\.isKilledLocally) }

  /// `3 of 3 proxies in 4.1 ms`
  var text: String {
    "\(confirmed.count) of \(counted(total, "prox", one: "y", many: "ies")) in \(Column.number(milliseconds)) ms"
  }

  /// Those that did not confirm, a line each.
  func lines(now: Int) -> [String] {
    missing.map { member in
      let name = "\(Console.printable(member.name)) (admin \(Console.printable(member.admin)), pid \(member.pid))"
      let heard = "last heard \(Age.text(of: member.heardAt, now: now))"
      return "  \(name): \(member.isSilent == true ? "silent, " : "")\(heard)"
    }
  }
}

extension FleetReply {
  /// What a kill that some did not confirm has come to, and what to do.
  var adviceAfterKill: String {
    """
    These may still send users to unified. On the machine of each: turnout kill --local, or end it.
    """
  }
}

extension FleetMember {
  /// As it is named in what a program reads.
  var label: String { "\(name) (\(admin))" }
}

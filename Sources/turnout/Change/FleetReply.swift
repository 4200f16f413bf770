import FlagStore
import Flags

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

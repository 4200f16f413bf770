import FlagStore

/// The proxies that share a store, a line each:
///
///     proxies              version   admin                   generation  revision  heard
///     edge-1               0.1.0     127.0.0.1:9901                   7         4  now
struct FleetReport {
  let members: [FleetMember]
  /// Whose revision is shown; nil: that of the only flag.
  let flag: String?
  let now: Int

  var lines: [String] {
    guard !members.isEmpty else { return ["no proxy is registered in the store"] }
    let heading = Self.row("proxies", "version", "admin", "generation", "revision", "heard")
    return [heading] + members.flatMap(lines)
  }

  private func lines(of member: FleetMember) -> [String] {
    let (name, admin) = (Console.printable(member.name), Console.printable(member.admin))
    let revision = member.revisions[flag ?? ""] ?? (member.revisions.count == 1 ? member.revisions.first?.value : nil)
    let row = Self.row(
      Column.cut(name, 18), Column.cut(Console.printable(member.version), 8), Column.cut(admin, 21),
      "\(member.generation)", revision.map { "\($0)" } ?? "-", heard(member))
    let notes = [
      (member.isSilent == true, "SILENT: it has crashed, hangs, or is cut off from the store and serves on"),
      (member.isKilledLocally, "KILLED locally"), (member.draining, "draining"),
    ]
    return [row] + notes.filter(\.0).map { "  \($0.1)" }
  }

  private func heard(_ member: FleetMember) -> String {
    guard let seconds = Age.seconds(since: member.heardAt, now: now) else { return "-" }
    return seconds <= 1 ? "now" : Age.text(of: member.heardAt, now: now)
  }

  private static func row(
    _ name: String, _ version: String, _ admin: String, _ generation: String, _ revision: String, _ heard: String
  ) -> String {
    let left = Column.left(name, 19) + Column.left(version, 9) + Column.left(admin, 21)
    return left + Column.right(generation, 10) + Column.right(revision, 9) + "  " + heard
  }
}

import Admin
import Bytes
import FlagStore
import FoundationEssentials

/// The proxies that share a store, one line each:
///
///     proxies              version   admin                   generation  revision  heard
///     edge-1               0.1.0     127.0.0.1:9901                   7         4  now
struct FleetReport {
  let members: [FleetMember]
  /// The flag whose revision is shown; nil for the only flag.
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
      (member.isSilent == true, "SILENT: it has crashed, hangs, or still serves but cannot reach the store"),
      (member.isKilledLocally, "KILLED locally"), (member.draining, "draining"),
    ]
    return [row] + notes.filter(\.0).map { "  \($0.1)" }
  }

  private func heard(_ member: FleetMember) -> String {
    guard let seconds = TimeText.seconds(since: member.heardAt, now: now) else { return "-" }
    return seconds <= 1 ? "now" : TimeText.ago(member.heardAt, now: now)
  }

  private static func row(
    _ name: String, _ version: String, _ admin: String, _ generation: String, _ revision: String, _ heard: String
  ) -> String {
    let left = Column.left(name, 19) + Column.left(version, 9) + Column.left(admin, 21)
    return left + Column.right(generation, 10) + Column.right(revision, 9) + "  " + heard
  }
}

/// The warning that a proxy decides by outdated flags.
enum StaleWarning {
  /// Nil while the proxy is up to date with its store. A brief warning omits the reason.
  static func text(_ status: StatusDocument, flag: String? = nil, isBrief: Bool = false) -> String? {
    let source = status.flagSource
    let seconds = source.staleSeconds ?? 0
    guard !source.valid || seconds > 0 else { return nil }
    let error = isBrief ? "" : source.error.map { ": " + Console.printable($0) } ?? ""
    let known = status.flags.first { flag == nil || $0.name == flag }
    let revision = known.map { "revision \($0.revision)" } ?? "generation \(status.generation)"
    let what =
      source.away == false
      ? "the proxy has rejected the contents of the store for \(seconds) s"
      : "the proxy has not heard from the store for \(seconds) s"
    return "warning: \(what)\(error); it decides by \(revision)"
  }

  /// On standard error.
  static func print(_ status: StatusDocument, flag: String? = nil, isBrief: Bool = false) {
    if let text = text(status, flag: flag, isBrief: isBrief) { Console.printError(text) }
  }
}

/// Times in RFC 3339, as documents have them, for people.
enum TimeText {
  /// Nil if `text` is not a time.
  static func seconds(since text: String, now: Int) -> Int? {
    guard let moment = try? Date(text, strategy: .iso8601).timeIntervalSince1970, abs(moment) < 1e12 else { return nil }
    return now - Int(moment)
  }

  /// `5 min ago`; the text itself if it is not a time in the past.
  static func ago(_ time: String, now: Int) -> String {
    guard let seconds = seconds(since: time, now: now), seconds >= 0 else { return Console.printable(time) }
    return NumberText.duration(seconds: seconds) + " ago"
  }

  /// `2026-03-01T09:30:00Z (5 min ago)`
  static func timed(_ time: String, now: Int) -> String {
    let shown = Console.printable(time)
    guard let seconds = seconds(since: time, now: now), seconds >= 0 else { return shown }
    return "\(shown) (\(NumberText.duration(seconds: seconds)) ago)"
  }
}

import ArgumentParser
import Configuration
import Conversations
import FlagStore
import Glibc
import Redis

/// The keys of one layout are removed, and can be put back.
struct CleanupContexts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cleanup",
    abstract: "Remove the contexts of one layout, after writing all of them to a dump file.",
    discussion: """
      legacy is refused until 7 days after the flag came to 100 %, unified while the flag sends anybody there. A key is \
      removed only while it is what was dumped. turnout restore-dump puts all of it back, as long as it had not expired.
      """)

  @Argument(help: "legacy or unified.")
  var layout: ContextLayout

  @Flag(help: "Count what would go; change nothing.")
  var dryRun = false

  @Flag(help: "Go on although it is refused; what speaks against it is told all the same.")
  var force = false

  @Flag(help: "Do not ask.")
  var yes = false

  @Option(help: ArgumentHelp("Only client or only admin. Default: both.", valueName: "role"))
  var role: ContextRole?

  @Option(
    help: ArgumentHelp("The new file. Default: turnout-LAYOUT-TIME.dump in the working folder.", valueName: "file"))
  var dump: String?

  @Option(help: ArgumentHelp("At most so many keys a second.", valueName: "number"))
  var limitRate: Int?

  @OptionGroup var contexts: ContextOptions
  @OptionGroup var flag: FlagOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func run() throws { try output.explained { try clean() } }

  private func clean() throws {
    if let limitRate, limitRate < 1 { throw failure(.usage, "--limit-rate is a number of keys a second from 1.") }
    let located = try system.locate()
    let place = try contexts.place(in: located)
    let objections = try gate(located.flags.source).objections
    var connection = try connect(place)
    if dryRun { return try preview(place, objections, &connection) }
    try check(objections, place)
    let path = dump ?? Self.path(layout, seconds: Timestamp.nowSeconds())
    do throws(CleanupError) { try Cleanup.check(dump: path) } catch { throw failure(.failed, error.description) }
    try ask(place)
    let cleanup = Cleanup(layout, roles: roles, rate: limitRate)
    let progress = ProgressLine()
    var fault: CleanupError?
    do throws(CleanupError) {
      try cleanup.run(on: &connection, dump: path) { progress.show(CleanupReport.progress($0, layout)) }
    } catch { fault = error }
    progress.clear()
    try show(
      CleanupReport(
        layout: layout, place: place.description, isDry: false, objections: objections, tally: cleanup.tally))
    if let fault { throw failure(.failed, CleanupReport.fault(fault, cleanup.tally)) }
    let left = cleanup.tally.writtenMeanwhile + cleanup.tally.tooLarge
    if left > 0 {
      throw failure(
        .incomplete,
        "\(counted(left, "key")) stayed. Those that were written meanwhile: run it again, with another --dump. Those that\nare too large for a dump: UNLINK them by hand."
      )
    }
  }

  private var roles: [ContextRole] { role.map { [$0] } ?? ContextRole.allCases }

  private func gate(_ source: any FlagSource) throws -> CleanupGate {
    let now = Timestamp.nowSeconds()
    do {
      let name = try flag.name(in: source)
      let found = try source.flag(named: name)
      let trail = (try? source.audit(flag: name, limit: 1_000))?.entries ?? []
      let killed = (try? source.fleet())??.count { $0.isKilledLocally } ?? 0
      return CleanupGate(layout: layout, flag: found, trail: trail, killedLocally: killed, now: now)
    } catch let error as FlagStoreError {
      Console.complain("note: \(error)")
      return CleanupGate(layout: layout, flag: nil, trail: [], now: now)
    }
  }

  private func connect(_ place: ContextLocation) throws -> RedisConnection {
    do throws(RedisError) {
      return try place.connect(as: "turnout-cleanup", timeoutNanoseconds: 5_000_000_000, replyLimit: Cleanup.replyLimit)
    } catch { throw failure(.failed, error.description) }
  }

  private func preview(_ place: ContextLocation, _ objections: [String], _ connection: inout RedisConnection) throws {
    let cleanup = Cleanup(layout, roles: roles)
    let progress = ProgressLine()
    do throws(CleanupError) {
      try cleanup.preview(on: &connection) { progress.show(CleanupReport.progress($0, layout)) }
    } catch {
      progress.clear()
      throw failure(.failed, error.description)
    }
    progress.clear()
    try show(
      CleanupReport(layout: layout, place: place.description, isDry: true, objections: objections, tally: cleanup.tally)
    )
  }

  private func show(_ report: CleanupReport) throws {
    if output.json { try JSONOutput.print(report) } else { Console.write(report.text) }
  }

  private func check(_ objections: [String], _ place: ContextLocation) throws {
    if objections.isEmpty { return }
    let list = CleanupReport.list(objections)
    guard force else {
      if output.json {
        try show(
          CleanupReport(
            layout: layout, place: place.description, isDry: false, objections: objections, tally: CleanupTally()))
      }
      throw failure(
        .failed,
        "The \(layout.rawValue) contexts are not removed:\n\(list)Nothing was changed. --force goes on all the same.")
    }
    Console.complain("warning: removing the \(layout.rawValue) contexts although\n\(list)")
  }

  private func ask(_ place: ContextLocation) throws {
    guard !yes, isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return }
    Console.write(CleanupReport.question(layout, role, place.description) + " ", to: STDERR_FILENO)
    var input = StandardInput()
    let answer = String(decoding: input.next() ?? [], as: UTF8.self).lowercased()
    guard answer == "y" || answer == "yes" else { throw failure(.failed, "Nothing was changed.") }
  }

  /// `turnout-legacy-20260301T093000Z.dump`
  static func path(_ layout: ContextLayout, seconds: Int) -> String {
    let time = Timestamp.text(seconds: seconds).filter { $0 != "-" && $0 != ":" }
    return "turnout-\(layout.rawValue)-\(time).dump"
  }
}

import ArgumentParser
import Conversations
import Glibc
import Reactor

/// `turnout migrate`, in either direction, with a layout: the run, its report, and its exit status.
struct TransferRun {
  var transfer: ContextTransfer
  /// The file for what needs a look; nil for the standard name.
  var report: String?
  var output: OutputOptions
  /// For `--follow`: whether the raise is in force. The run goes on until it is, and until nothing more comes.
  var isRaised: (() throws -> Bool)?

  /// How long after a raise a request that legacy began before it may still write there: a chat answers after a call to a
  /// language model, which takes seconds.
  private static let settling = Duration.seconds(15)
  /// Between two passes of `--follow`, at least.
  private static let pauseMicroseconds: UInt32 = 100_000

  private var isReverse: Bool { transfer.direction == .toLegacy }

  func run() throws {
    let progress = TransferProgress()
    let pass: (ContextWalk) throws(MigrationError) -> Void = { (walk) throws(MigrationError) in
      let (isDry, isListing) = (transfer.isDryRun, !transfer.isDryRun || report != nil)
      try transfer.run(progress, isCancelled: { walk.isInterrupted }) { event in
        Self.tell(event, walk, isDry: isDry, isListing: isListing)
      }
    }
    let walk = try ContextWalk(isReverse ? "reverse" : "migrate", report: report) {
      let tally = progress.tally
      return WalkLine(seen: tally.seen, unreadable: tally.left, share: progress.share, seconds: $0)
    }
    // The reader of a dry run, such as head(1), may stop early.
    if transfer.isDryRun { _ = signal(SIGPIPE, SIG_DFL) }
    var error: MigrationError?
    do throws(MigrationError) { try pass(walk) } catch let failure { error = failure }
    if error == nil, let isRaised {
      error = try follow(isRaised, progress, walk, pass)
    }
    walk.end()
    let tally = progress.tally
    try walk.conclude(
      error, isDry: transfer.isDryRun, output,
      resume: "\nWhat was \(isReverse ? "written back" : "migrated") so far stays. To continue, run the command again.",
      missing: tally.seen == 0 ? (isReverse ? "conversations" : "legacy contexts") : nil, of: transfer.roles,
      in: transfer.location
    ) { isReverse ? .reverse(tally, transfer, $0) : .migration(tally, transfer, $0) }
    if tally.left > 0 {
      throw failure(
        .incomplete,
        "\(counted(tally.left, "context")) could not be \(isReverse ? "written back" : "migrated"); the list says why.")
    }
  }

  /// Pass after pass, until the raise is in force, and has been for as long as a request takes.
  private func follow(
    _ isRaised: () throws -> Bool, _ progress: TransferProgress, _ walk: ContextWalk,
    _ pass: @escaping (ContextWalk) throws(MigrationError) -> Void
  ) throws -> MigrationError? {
    Console.printError(
      "The first pass is done. Now raise the flag (turnout set); this ends \(Self.settling.components.seconds) s after it."
    )
    var end: Deadline?
    while !walk.isInterrupted {
      if end == nil, try isRaised() { end = Deadline(after: Self.settling) }
      let isLast = end?.hasPassed == true
      progress.beginPass()
      do throws(MigrationError) { try pass(walk) } catch { return error }
      if isLast { return nil }
      usleep(Self.pauseMicroseconds)
    }
    return nil
  }

  /// In a dry run unreadable contexts are among the lines; the file is created only if --report names one.
  private static func tell(_ event: ContextTransfer.Event, _ walk: ContextWalk, isDry: Bool, isListing: Bool) {
    for value in event.listed {
      let context = UnreadableContext(key: value.bytes, reason: value.reason)
      if isDry { Console.write(JSONOutput.line(UnreadableLine(context, action: "leave")) + "\n") }
      if isListing { walk.file.add(context) }
    }
    if isDry, !event.writes.isEmpty { Console.write(JSONOutput.line(PlannedWriteLine(event)) + "\n") }
  }
}

extension TallyReport {
  /// What `turnout migrate` did with a layout.
  static func migration(_ tally: TransferTally, _ transfer: ContextTransfer, _ run: RunSummary) -> TallyReport {
    let isDry = run.isDry == true
    return TallyReport(
      redis: transfer.location.description, heading: [run.heading(rateOf: tally.written, "Contexts")],
      rows: [
        Row(
          key: "migrated", label: isDry ? "would be migrated" : "migrated", count: tally.created, isRequired: true),
        Row(
          key: "merged", label: isDry ? "would be merged" : "merged", count: tally.changed,
          note: "adds what was done on legacy since migration"),
        Row(key: "present", label: "migrated earlier", count: tally.same),
        Row(key: "live", label: "live on unified", count: tally.ahead, note: "used there since; left unchanged"),
        Row(key: "gone", label: "gone", count: tally.gone, note: "expired or removed"),
      ] + Self.left(tally), notes: run.notes, members: run.members.merging(["layout": transfer.layout.name]) { $1 })
  }

  /// What `turnout migrate --reverse` did with a layout.
  static func reverse(_ tally: TransferTally, _ transfer: ContextTransfer, _ run: RunSummary) -> TallyReport {
    var notes: [String] = []
    if tally.outsideChanged > 0 {
      notes += Column.wrapped(
        "\(counted(tally.outsideChanged, "conversation")) outside the selection would be written back, too. Run "
          + "turnout kill first, or add --all.", 80)
    }
    return TallyReport(
      redis: transfer.location.description, heading: [run.heading("Conversations")],
      rows: [
        Row(
          key: "written", label: run.isDry == true ? "would be written back" : "written back", count: tally.written,
          isRequired: true),
        Row(key: "created", label: "of these new", count: tally.created, note: "had no legacy context any more"),
        Row(key: "messages", count: tally.messages),
        Row(key: "unchanged", label: "unchanged", count: tally.same, note: "legacy has everything already"),
        Row(key: "live", label: "live on legacy", count: tally.ahead, note: "used there since; left unchanged"),
        Row(key: "expired", label: "expired", count: tally.gone, note: "nothing is there any more"),
        Row(key: "outside_changed", count: tally.outsideChanged),
      ] + Self.left(tally), notes: notes + run.notes,
      members: run.members.merging(["layout": transfer.layout.name]) { $1 })
  }

  private static func left(_ tally: TransferTally) -> [Row] {
    [
      Row(key: "erased", label: "erased", count: tally.erased, note: "erased by the user; not brought back"),
      Row(key: "outside", label: "outside", count: tally.outside, note: "outside the selection"),
      Row(
        key: "no_conversation", label: "no conversation", count: tally.noConversation,
        note: "no row in the database; nothing written"),
      Row(
        key: "uncertain", label: "uncertain", count: tally.uncertain, note: "erased or evicted: nobody can tell; left"),
      Row(key: "unreadable", label: "unreadable", count: tally.unreadable, note: "could not be read; left unchanged"),
      Row(key: "busy", label: "busy", count: tally.busy, note: "modified during every attempt; run it again"),
    ]
  }
}

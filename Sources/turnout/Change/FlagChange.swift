import Configuration
import FlagStore
import Flags
import Glibc
import HTTPClient
import Reactor

/// One change of one flag, from the command line to the moment when the proxies decide by it:
///
///     read the flag -> is it the revision that was asked for, and no larger a step than is allowed? -> store it (whole,
///     only if nobody else changed the flag) -> ask until this very revision is in force -> say so
///
/// A change that changes nothing is not written, but still confirmed: `turnout kill` twice asks the proxy twice.
struct FlagChange {
  let edit: FlagEdit
  let options: ChangeOptions
  /// Whether any step is right, as large as it may be.
  let isCertain: Bool

  init(_ edit: FlagEdit, _ options: ChangeOptions, isCertain: Bool = true) {
    self.edit = edit
    self.options = options
    self.isCertain = isCertain
  }

  func run() throws {
    let system = try options.system.locate(otherwise: localKill)
    let source = system.flags.source
    var start = MonotonicClock.now()
    let (before, after): (Flag, Flag)
    do {
      let read = try source.flag(named: try options.flag.name(in: source))
      try check(read, in: source, largestStep: system.flagStore.largestStep)
      start = MonotonicClock.now()
      (before, after) = try write(read, to: source)
    } catch let error as FlagStoreError {
      guard let killed = try killOver(error, in: source) else {
        throw failure(error.exitStatus, text(error) + advice(error, system.flags))
      }
      (before, after) = killed
    }
    let confirmation = Confirmation(
      flag: after, source: source, client: AdminClient(HTTPEndpoint.Address(system.admin)), start: start,
      deadline: MonotonicClock.now() &+ options.wait.nanoseconds)
    let report = ChangeReport(
      edit: edit, before: before, after: after, result: confirmation.wait(), options: options, system: system)
    try report.print()
  }

  private func check(_ read: Flag, in source: any FlagSource, largestStep: Percentage) throws {
    try checkRevision(of: read, in: source)
    guard !isCertain else { return }
    let step = LargestStep(before: read, after: edit.apply(to: read), limit: largestStep)
    try step.check(asking: !options.output.json)
  }

  /// A broken value does not stop a kill where the store knows the flag besides.
  private func killOver(_ error: FlagStoreError, in source: any FlagSource) throws -> (before: Flag, after: Flag)? {
    guard case .kill(let hard) = edit, case .invalid = error, options.ifRevision == nil else { return nil }
    let killed = try? source.killBroken(
      flag: try options.flag.name(in: source), hard: hard,
      signed: Signature(by: Author.text, from: Author.origin, reason: options.reason))
    if killed != nil { Console.complain("The stored value was broken and is replaced: \(error)") }
    return killed
  }

  private func checkRevision(of flag: Flag, in source: any FlagSource) throws {
    guard let revision = options.ifRevision, flag.revision != revision else { return }
    let error = FlagStoreError.otherRevision(flag: flag.name, place: source.place, expected: revision, stored: flag)
    throw failure(error.exitStatus, "\(error)\nIt is \(ChangeReport.state(flag)) now.")
  }

  private func write(_ read: Flag, to source: any FlagSource) throws -> (before: Flag, after: Flag) {
    do throws(FlagStoreError) {
      let signature = Signature(by: Author.text, from: Author.origin, reason: options.reason)
      // With a revision only that one is right; without, a kill goes before what somebody else does meanwhile.
      guard options.ifRevision != nil, edit.apply(to: read) != read else {
        return try source.change(read, edit, signed: signature)
      }
      return (read, try source.store(edit, of: read, signed: signature))
    } catch {
      throw failure(error.exitStatus, error.description + adviceAfterWriting(error))
    }
  }

  private func adviceAfterWriting(_ error: FlagStoreError) -> String {
    switch error {
    case .uncertain: "\nturnout status shows what is stored when the store is back.\(localKill)"
    case .unreachable: "\nNothing was changed.\(localKill)"
    case .refused, .locked, .system: localKill
    default: ""
    }
  }

  /// In the wrong folder, the last thing to do is to create the file that is missing there.
  private func text(_ error: FlagStoreError) -> String {
    guard case .fileMissing(let file) = error else { return error.description }
    return "\(file): there is no such file."
  }

  private func advice(_ error: FlagStoreError, _ place: FlagLocation) -> String {
    switch error {
    case .invalid where place.isRedis, .valueTooLarge, .wrongType, .lost:
      """
      \nNothing was changed. Running proxies go on with the last good flag. Write a percentage, such as
        redis-cli SET \(key(place)) 0
      which keeps salt and lists; then run the command again.
      """ + localKill
    case .fileMissing:
      """
      \nNothing was changed. Is this the right folder? Otherwise give --config or --flags; `turnout status` shows the file \
      that a running proxy reads.
      """ + localKill
    case .invalid, .notAFile, .fileTooLarge:
      """
      \nNothing was changed. A running proxy goes on with the last good flags: mend the file, then run the command again.
      In need, put { "NAME": 0 } in its place, with every flag that a route asks: everyone goes to legacy.
      """ + localKill
    case .unreachable, .refused:
      "\nNothing was changed. Running proxies go on with the last good flags.\(localKill)"
    case .locked, .system: localKill
    case .unknownFlag, .conflict, .otherRevision, .uncertain, .badName: ""
    }
  }

  /// Of the flag in Redis, as a word of a shell command.
  private func key(_ place: FlagLocation) -> String {
    guard case .redis(let redis) = place else { return "" }
    return Shell.quoted(redis.keyPrefix + (options.flag.flag ?? Configuration.standardFlag))
  }

  private var localKill: String {
    guard case .kill = edit else { return "" }
    return
      "\nTo send everyone of one proxy to legacy without the store: turnout kill --local\(options.system.typedLocally)"
  }
}

/// How far one command may raise the percentage that decides: a slip from 5 to 50 is met by a question.
///
/// What counts is who would move: a killed flag is at 0 before and after. Lowering is never asked about.
struct LargestStep {
  let before: Flag
  let after: Flag
  let limit: Percentage

  var isExceeded: Bool { Self.inForce(after) - Self.inForce(before) > limit.threshold }

  /// Ends the command, unless a person at the terminal agrees.
  func check(asking: Bool) throws {
    guard isExceeded else { return }
    if asking, isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 {
      Console.write("\(question) Go on? [y/N] ", to: STDERR_FILENO)
      var input = StandardInput()
      let answer = String(decoding: input.next() ?? [], as: UTF8.self).lowercased()
      if answer == "y" || answer == "yes" { return }
      throw failure(.stepTooLarge, "Nothing was changed.")
    }
    throw failure(.stepTooLarge, "\(question)\nNothing was changed. Add --yes, or go in steps: turnout set \(next)")
  }

  var question: String {
    """
    \(after.name) \(before.percentage) % -> \(after.percentage) % moves \(points(Self.inForce(after) - Self.inForce(before))) \
    of all users to unified at once; flag_store.largest_step is \(limit).
    """
  }

  /// The farthest step that needs no question.
  private var next: Percentage {
    Percentage(threshold: Self.inForce(before) + limit.threshold) ?? after.percentage
  }

  private func points(_ threshold: Int) -> String { "\(Percentage(threshold: threshold) ?? .zero) %" }

  private static func inForce(_ flag: Flag) -> Int { flag.isEnabled ? flag.percentage.threshold : 0 }
}

/// Who runs the command, as it is signed: `anna@edge-1`.
enum Author {
  /// Where a change comes from, for the audit trail: `cli on edge-1, ssh from 10.0.0.7`.
  static var origin: String {
    let connection = unsafe getenv("SSH_CONNECTION").map { unsafe String(cString: $0) }
    // SSH_CONNECTION: the client's address and port, ours and our port.
    let client = connection?.split(separator: " ").first.map {
      ", ssh from \(Console.printable(String($0.prefix(64))))"
    }
    return "cli on \(HostName.text)\(client ?? "")"
  }

  static var text: String { "\(user)@\(HostName.text)" }

  /// Behind sudo, the one who called sudo.
  private static var user: String {
    if let name = unsafe getenv("SUDO_USER"), unsafe name.pointee != 0 { return unsafe String(cString: name) }
    if let entry = unsafe getpwuid(geteuid()) { return unsafe String(cString: entry.pointee.pw_name) }
    return "uid \(geteuid())"
  }
}

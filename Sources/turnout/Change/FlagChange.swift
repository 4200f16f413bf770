import Configuration
import FlagStore
import Flags
import Glibc
import HTTPClient
import Reactor

/// One change of one flag, from the command line until the proxies decide by it:
///
///     read the flag -> check --if-revision and the size of the step -> compare and set -> poll until this revision is in
///     force -> report
///
/// A change without effect is not written, but still confirmed: a second `turnout kill` asks the proxy again.
struct FlagChange {
  let edit: FlagEdit
  let options: ChangeOptions
  let skipsStepLimit: Bool

  init(_ edit: FlagEdit, _ options: ChangeOptions, skipsStepLimit: Bool = true) {
    self.edit = edit
    self.options = options
    self.skipsStepLimit = skipsStepLimit
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
      deadline: Deadline(after: options.wait.duration))
    let report = ChangeReport(
      edit: edit, before: before, after: after, result: confirmation.wait(), options: options, system: system)
    try report.print()
  }

  private func check(_ read: Flag, in source: any FlagSource, largestStep: Percentage) throws {
    try checkRevision(of: read, in: source)
    guard !skipsStepLimit else { return }
    let step = LargestStep(before: read, after: edit.apply(to: read), limit: largestStep)
    try step.check(asking: !options.output.json)
  }

  /// An invalid value does not stop a kill if the store has a record of the flag beside it.
  private func killOver(_ error: FlagStoreError, in source: any FlagSource) throws -> (before: Flag, after: Flag)? {
    guard case .kill(let hard) = edit, case .invalid = error, options.ifRevision == nil else { return nil }
    let killed = try? source.killBroken(
      flag: try options.flag.name(in: source), hard: hard,
      signed: signature)
    if killed != nil { Console.printError("The stored value was invalid and has been replaced: \(error)") }
    return killed
  }

  private func checkRevision(of flag: Flag, in source: any FlagSource) throws {
    guard let revision = options.ifRevision, flag.revision != revision else { return }
    let error = FlagStoreError.otherRevision(flag: flag.name, place: source.place, expected: revision, stored: flag)
    throw failure(error.exitStatus, "\(error)\nThe flag is at \(ChangeReport.state(flag)) now.")
  }

  private func write(_ read: Flag, to source: any FlagSource) throws -> (before: Flag, after: Flag) {
    do throws(FlagStoreError) {
      // With --if-revision only that revision may be changed. Without, a kill overrides a concurrent change.
      guard options.ifRevision != nil, edit.apply(to: read) != read else {
        return try source.change(read, edit, signed: signature)
      }
      return (read, try source.store(edit, of: read, signed: signature))
    } catch {
      throw failure(error.exitStatus, error.description + adviceAfterWriting(error))
    }
  }

  private var signature: Signature {
    Signature(by: CurrentUser.name, from: CurrentUser.origin, reason: options.reason)
  }

  private func adviceAfterWriting(_ error: FlagStoreError) -> String {
    switch error {
    case .uncertain: "\nWhen the store is back, turnout status shows what is stored.\(localKill)"
    case .unreachable: "\nNothing was changed.\(localKill)"
    case .refused, .locked, .system: localKill
    default: ""
    }
  }

  /// Without the store's advice to create the file: this may be the wrong folder.
  private func text(_ error: FlagStoreError) -> String {
    guard case .fileMissing(let file) = error else { return error.description }
    return "\(file): no such file"
  }

  private func advice(_ error: FlagStoreError, _ location: FlagLocation) -> String {
    switch error {
    case .invalid where location.isRedis, .valueTooLarge, .wrongType, .lost:
      """
      \nNothing was changed. Running proxies continue with the last good flag. Write a percentage, such as
        redis-cli SET \(key(location)) 0
      (salt and lists are kept), then run the command again.
      """ + localKill
    case .fileMissing:
      """
      \nNothing was changed. Is this the right folder? If not, give --config or --flags; turnout status shows the file \
      that a running proxy reads.
      """ + localKill
    case .invalid, .notAFile, .fileTooLarge:
      """
      \nNothing was changed. A running proxy continues with the last good flags. Fix the file, then run the command again.
      In an emergency, replace it by { "NAME": 0 } with every flag that a route uses: everyone goes to legacy.
      """ + localKill
    case .unreachable, .refused:
      "\nNothing was changed. Running proxies continue with the last good flags.\(localKill)"
    case .locked, .system: localKill
    case .unknownFlag, .conflict, .otherRevision, .uncertain, .badName: ""
    }
  }

  /// The key of the flag in Redis, quoted for the shell.
  private func key(_ location: FlagLocation) -> String {
    guard case .redis(let redis) = location else { return "" }
    return Shell.quoted(redis.keyPrefix + (options.flag.flag ?? Configuration.standardFlag))
  }

  private var localKill: String {
    guard case .kill = edit else { return "" }
    return
      "\nTo send all users of one proxy to legacy without the store: turnout kill --local\(options.system.typedLocally)"
  }
}

/// Limits how far one command may raise the percentage, so that typing 50 for 5 causes a question.
///
/// The step counts the users who would move: a killed flag is at 0 before and after. Lowering is never limited.
struct LargestStep {
  let before: Flag
  let after: Flag
  let limit: Percentage

  var isExceeded: Bool { Self.inForce(after) - Self.inForce(before) > limit.threshold }

  /// Ends the command unless the step is within the limit or a person at the terminal agrees.
  func check(asking: Bool) throws {
    guard isExceeded else { return }
    if asking, let isConfirmed = Console.confirm("\(question) Proceed? [y/N]") {
      guard isConfirmed else { throw failure(.stepTooLarge, "Nothing was changed.") }
      return
    }
    throw failure(
      .stepTooLarge, "\(question)\nNothing was changed. Add --yes, or raise in steps: turnout set \(next)")
  }

  var question: String {
    """
    \(after.name) \(before.percentage) % -> \(after.percentage) % moves \(points(Self.inForce(after) - Self.inForce(before))) \
    of all users to unified at once; flag_store.largest_step is \(limit).
    """
  }

  /// The highest percentage within the limit.
  private var next: Percentage {
    Percentage(threshold: Self.inForce(before) + limit.threshold) ?? after.percentage
  }

  private func points(_ threshold: Int) -> String { "\(Percentage(threshold: threshold) ?? .zero) %" }

  private static func inForce(_ flag: Flag) -> Int { flag.isEnabled ? flag.percentage.threshold : 0 }
}

/// The user who runs the command, for the audit trail.
enum CurrentUser {
  /// Where a change comes from: `cli on edge-1, ssh from 10.0.0.7`.
  static var origin: String {
    let connection = unsafe getenv("SSH_CONNECTION").map { unsafe String(cString: $0) }
    // SSH_CONNECTION: the client's address and port, the server's address and port (ssh(1)).
    let client = connection?.split(separator: " ").first.map {
      ", ssh from \(Console.printable(String($0.prefix(64))))"
    }
    return "cli on \(HostName.text)\(client ?? "")"
  }

  /// `anna@edge-1`
  static var name: String { "\(user)@\(HostName.text)" }

  /// Under sudo, the user who called it.
  private static var user: String {
    if let name = unsafe getenv("SUDO_USER"), unsafe name.pointee != 0 { return unsafe String(cString: name) }
    if let entry = unsafe getpwuid(geteuid()) { return unsafe String(cString: entry.pointee.pw_name) }
    return "uid \(geteuid())"
  }
}

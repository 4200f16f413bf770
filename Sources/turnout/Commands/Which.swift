import ArgumentParser
import Configuration
import FlagStore
import Flags
import FoundationEssentials

/// Decides for each user by the stored flag alone.
struct Which: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "which", "Show which cohort each user goes to, and why. Needs no running proxy.",
    usage: "<user> ... [--json] [<options>]",
    discussion: """
      The bucket of a user is a number from 0 to 99999 that never changes; at 12.5 %, users below 12500 go to unified. \
      \(UserOptions.discussion)
      """,
    examples: [
      "turnout which alice bob",
      "turnout which alice --flag CHECKOUT --json",
      "turnout which - < users.txt",
    ])

  @Argument(help: ArgumentHelp("User keys, as in X-User-Id; - reads standard input.", valueName: "user"))
  var users: [String]

  @OptionGroup(title: "Which flag") var flag: FlagOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let source = try system.locate().flags.source
    let flag = try flag.read(from: source)
    let snapshot = FlagSnapshot(generation: 0, flags: [flag])
    if output.json {
      let decisions = allUsers.map { UserDecision(of: $0, by: snapshot) }
      try JSONOutput.print(DecisionReport(flag: flag, file: source.place, decisions: decisions))
    } else {
      Console.write("\(flag.name) is \(flag.isEnabled ? "at " : "")\(ChangeReport.state(flag)) in \(source.place)\n")
      for user in allUsers { Console.write(UserDecision(of: user, by: snapshot).line) }
    }
  }

  /// The given users, with each "-" replaced by the lines of standard input, as the bytes that are hashed.
  private var allUsers: some Sequence<[UInt8]> {
    users.lazy.flatMap { user in
      user == "-" ? AnySequence(StandardInput()) : AnySequence([Array(user.utf8)])
    }
  }
}

/// The decision for one user.
struct UserDecision: Encodable {
  let user: String
  /// Nil if the user is not a valid user key.
  let bucket: Int32?
  let cohort: String
  let reason: String
  let why: String

  init(of user: [UInt8], by snapshot: FlagSnapshot) {
    self.user = String(decoding: user, as: UTF8.self)
    let isKey = (1...FlagLimits.userBytes).contains(user.count)
    let decision = isKey ? unsafe snapshot.decide(flag: 0, user: user.span.bytes) : snapshot.decideAnonymous(flag: 0)
    bucket = isKey ? decision.bucket : nil
    cohort = decision.cohort.description
    reason = decision.reason.description
    let limit = "not a user key, which has 1 to \(FlagLimits.userBytes) bytes: "
    why = (isKey ? "" : limit) + decision.sentence(for: snapshot.flags[0])
  }

  var line: String {
    let name = Console.printable(user)
    let number = Column.right(bucket.map { "\($0)" } ?? "-", 5)
    return "\(Column.left(name, 24))  \(number)  \(Column.left(cohort, 7))  \(why)\n"
  }
}

struct DecisionReport: Encodable {
  let flag: String
  let file: String
  let enabled: Bool
  let percentage: Double
  let revision: Int
  let decisions: [UserDecision]

  init(flag: Flags.Flag, file: String, decisions: [UserDecision]) {
    self.flag = flag.name
    self.file = file
    enabled = flag.isEnabled
    percentage = flag.percentage.number
    revision = flag.revision
    self.decisions = decisions
  }
}

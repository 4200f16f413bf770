import ArgumentParser
import Configuration
import FlagStore
import Flags
import FoundationEssentials

/// The way of each user, by the stored flag alone.
struct Which: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say which way each user goes, and why. Needs no running proxy.",
    discussion: """
      The bucket of a user is a number from 0 to 99999 that never changes; a flag at 12.5 % takes those below 12500 to \
      unified. With - as a user, users are read from standard input, one on each line.
      """)

  @Argument(help: ArgumentHelp("User keys, as in X-User-Id; - reads them from standard input.", valueName: "user"))
  var users: [String]

  @OptionGroup var flag: FlagOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

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

  /// What was given, with the lines of standard input in the place of each "-". Bytes, since that is what is hashed.
  private var allUsers: some Sequence<[UInt8]> {
    users.lazy.flatMap { user in
      user == "-" ? AnySequence(StandardInput()) : AnySequence([Array(user.utf8)])
    }
  }
}

/// One user's way.
struct UserDecision: Encodable {
  let user: String
  /// Nil for what is no user key.
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
    let limit = "a user key has 1 to \(FlagLimits.userBytes) bytes, so this is none: "
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

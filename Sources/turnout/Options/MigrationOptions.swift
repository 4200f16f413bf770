import ArgumentParser
import Configuration
import Conversations
import FlagStore
import Flags

/// Which contexts a command works on, by the role and the bucket of their users.
struct SelectionOptions: ParsableArguments {
  @Option(help: "Only contexts of this role. Default: both.")
  var role: ContextRole?

  @Option(
    help: ArgumentHelp(
      "Only users whose bucket is in this range of percent; 10..50 excludes 50.", valueName: "from..to"))
  var buckets: BucketRange?

  @Option(
    help: ArgumentHelp(
      "Only users whom the next raise moves: from the flag's percentage up to this one.", valueName: "percent"))
  var stage: Percentage?

  @OptionGroup var flag: FlagOptions

  var roles: [ContextRole] { role.map { [$0] } ?? ContextRole.allCases }

  func validate() throws {
    if buckets != nil, stage != nil { throw ValidationError("--buckets and --stage exclude each other.") }
  }

  func selection(_ source: any FlagSource) throws -> MigrationSelection {
    guard buckets != nil || stage != nil else { return .everyone }
    let flag = try flag.read(from: source)
    if let buckets {
      return .buckets(from: buckets.lower, to: buckets.upper, of: flag, longestKey: FlagLimits.userBytes)
    }
    guard let stage else { return .everyone }
    let now = flag.isEnabled ? flag.percentage : .zero
    guard stage > now else {
      throw failure(
        .usage,
        """
        \(flag.name) is at \(now) % in \(source.place), so raising it to \(stage) % moves nobody. Nothing was migrated.
        For contexts written since the last raise, give --buckets FROM..TO.
        """)
    }
    return .stage(to: stage, of: flag, longestKey: FlagLimits.userBytes)
  }

  /// The users whom the flag sends to `cohort` now.
  func sent(to cohort: Cohort, by source: any FlagSource) throws -> MigrationSelection {
    .sent(to: cohort, by: try flag.read(from: source), longestKey: FlagLimits.userBytes)
  }
}

/// `10..50`
struct BucketRange: ExpressibleByArgument, Equatable {
  var lower: Percentage
  var upper: Percentage

  init?(argument: String) {
    let parts = argument.split(separator: "..", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let lower = PercentageText.parse(parts[0]), let upper = PercentageText.parse(parts[1]),
      lower < upper
    else { return nil }
    (self.lower, self.upper) = (lower, upper)
  }
}

/// How fast the commands that go through all contexts may work.
struct RateOptions: ParsableArguments {
  @Option(help: ArgumentHelp("At most this many contexts or keys per second. Default: no limit.", valueName: "number"))
  var limitRate: Int?

  func validate() throws {
    if let limitRate, limitRate < 1 { throw ValidationError("--limit-rate: expected a number from 1.") }
  }
}

import ArgumentParser
import Configuration
import Conversations
import FlagStore
import Flags

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

/// How long legacy keys are kept: `7d`, `36h`, 0.
struct KeepTime: ExpressibleByArgument, Equatable {
  var seconds: Int

  init(seconds: Int) { self.seconds = seconds }

  init?(argument: String) {
    if argument == "0" {
      seconds = 0
      return
    }
    guard let unit = argument.last, let factor = ["s": 1, "m": 60, "h": 3_600, "d": 86_400][unit],
      argument.utf8.count <= 9, argument.utf8.dropLast().allSatisfy({ $0 &- 0x30 < 10 }),
      let number = Int(argument.dropLast()), number * factor <= 365 * 86_400
    else { return nil }
    seconds = number * factor
  }

  var defaultValueDescription: String { seconds.isMultiple(of: 86_400) ? "\(seconds / 86_400)d" : "\(seconds)s" }
}

/// Whose contexts are migrated.
struct SelectionOptions: ParsableArguments {
  @Option(help: "Only contexts of this role: client or admin.")
  var role: ContextRole?

  @Option(
    help: ArgumentHelp(
      "Only users whose bucket is in this range of percent: 10..50 is from 10 up to, not including, 50.",
      valueName: "from..to"))
  var buckets: BucketRange?

  @Option(
    help: ArgumentHelp(
      "Only users whom the next raise will move: from the percentage that the flag has now to this one.",
      valueName: "percent"))
  var stage: Percentage?

  @OptionGroup var flag: FlagOptions

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
        "\(flag.name) is at \(now) % in \(source.place), so \(stage) % is no raise and moves nobody. Nothing was migrated.\n"
          + "For contexts that were written since a raise, give its --buckets FROM..TO.")
    }
    return .stage(to: stage, of: flag, longestKey: FlagLimits.userBytes)
  }

  /// Those whom the flag sends there now.
  func sent(to cohort: Cohort, by source: any FlagSource) throws -> MigrationSelection {
    .sent(to: cohort, by: try flag.read(from: source), longestKey: FlagLimits.userBytes)
  }
}

public import ArgumentParser
import FlagStore
import Flags

/// A new percentage.
struct SetPercentage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Set the percentage of users that go to unified.",
    discussion: """
      Raising it moves nobody out of unified; lowering it moves out those who came in last. A killed flag stays killed \
      and remembers the new percentage for turnout restore.
      """)

  @Argument(help: "From 0 to 100, with up to three decimals.")
  var percent: Percentage

  @OptionGroup var options: ChangeOptions

  func run() throws { try FlagChange(.set(percent), options).run() }
}

extension Percentage: ExpressibleByArgument {
  package init?(argument: String) {
    // Not by way of Double, which would take 1e1, 0x10, nan and 99.9999999999999999.
    let number = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    let decimals = parts.count == 2 ? parts[1] : "0"
    guard parts.count <= 2, (1...3).contains(decimals.utf8.count), (1...3).contains(parts[0].utf8.count),
      (parts[0] + decimals).utf8.allSatisfy({ $0 &- 0x30 < 10 }), let whole = Int(parts[0]),
      let thousandths = Int(decimals + String(repeating: "0", count: 3 - decimals.utf8.count))
    else { return nil }
    self.init(threshold: whole * 1_000 + thousandths)
  }
}

import ArgumentParser
import FlagStore

/// Everyone to legacy.
struct Kill: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send everyone to legacy now. The percentage is remembered; turnout restore brings it back.")

  @OptionGroup var options: ChangeOptions

  func run() throws { try FlagChange(.kill(), options).run() }
}

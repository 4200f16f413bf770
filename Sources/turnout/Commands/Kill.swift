import ArgumentParser
import FlagStore

/// Everyone to legacy.
struct Kill: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send everyone to legacy now. The percentage is remembered; turnout restore brings it back.",
    discussion: """
      Requests under way finish where they are; --hard closes those that are with unified. With --local it is the switch \
      of one proxy: it goes before the flags, needs no store and outlives a restart.
      """)

  @Flag(help: "Close what is under way to unified, too.")
  var hard = false

  @OptionGroup var local: LocalOptions
  @OptionGroup var options: ChangeOptions

  func run() throws {
    if local.local {
      try LocalChange(.kill(hard: hard), local, options).run()
    } else {
      try FlagChange(.kill(hard: hard), options).run()
    }
  }
}

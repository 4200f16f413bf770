import ArgumentParser
import FlagStore

/// Back to the percentage from before `kill`.
struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Undo kill: back to the percentage that was remembered. With --local: undo kill --local.")

  @OptionGroup var local: LocalOptions
  @OptionGroup var options: ChangeOptions

  func run() throws {
    if local.local {
      try LocalChange(.restore, local, options).run()
    } else {
      try FlagChange(.restore, options).run()
    }
  }
}

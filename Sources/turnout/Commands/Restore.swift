import ArgumentParser
import FlagStore

/// Back to the percentage from before `kill`.
struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Undo kill: back to the percentage that was remembered.")

  @OptionGroup var options: ChangeOptions

  func run() throws { try FlagChange(.restore, options).run() }
}

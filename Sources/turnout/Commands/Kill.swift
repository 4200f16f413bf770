import ArgumentParser
import FlagStore

/// Everyone to legacy.
struct Kill: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send everyone to legacy now. The percentage is remembered; turnout restore brings it back.",
    discussion: """
      Requests under way finish where they are; --hard closes those that are with unified. With --local it is the switch \
      of one proxy: it goes before the flags, needs no store and outlives a restart. --preview says how many users would lose how many messages.
      """)

  @Flag(help: "Close what is under way to unified, too.")
  var hard = false

  @Flag(help: "Say what users would lose, and do nothing. It needs no proxy.")
  var preview = false

  @OptionGroup var contexts: ContextOptions
  @OptionGroup var local: LocalOptions
  @OptionGroup var options: ChangeOptions

  func validate() throws {
    if preview, local.local || hard {
      throw ValidationError("--preview is about the flag: it goes without --local and --hard.")
    }
  }

  func run() throws {
    if preview {
      try KillPreviewRun(contexts: contexts, options: options).run()
    } else if local.local {
      try LocalChange(.kill(hard: hard), local, options).run()
    } else {
      try FlagChange(.kill(hard: hard), options).run()
    }
  }
}

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

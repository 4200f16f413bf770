import ArgumentParser
import FlagStore

/// Sends everyone to legacy.
struct Kill: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "kill", "Send everyone to legacy now. turnout restore brings the percentage back.",
    usage: "[--reason <text>] [--hard | --local | --preview] [<options>]",
    discussion: """
      Requests in flight finish where they are; --hard closes those to unified. With --local it is the kill switch of one \
      proxy: it overrides the flags, needs no store and survives a restart. --preview reports how many messages users \
      would lose.
      """,
    examples: [
      #"turnout kill --reason "errors in chat""#,
      "turnout kill --preview",
      #"turnout kill --local --reason "store is down""#,
    ])

  @Flag(help: "Also close requests in flight to unified.")
  var hard = false

  @Flag(help: "Report what users would lose; change nothing. Needs no proxy.")
  var preview = false

  @OptionGroup(title: "Only this proxy") var local: LocalOptions
  @OptionGroup(title: "Which contexts") var contexts: ContextOptions
  @OptionGroup var options: ChangeOptions

  func validate() throws {
    if preview, local.local || hard { throw ValidationError("--preview excludes --local and --hard.") }
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

/// Undoes `kill`.
struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "restore", "Undo kill: return to the remembered percentage. With --local: undo kill --local.",
    usage: "[--reason <text>] [--local] [<options>]",
    discussion: "While a proxy is killed locally, restoring the flag does not change that; use --local on its machine.",
    examples: [
      #"turnout restore --reason "fixed in 2.4.1""#,
      "turnout restore --local",
    ])

  @OptionGroup(title: "Only this proxy") var local: LocalOptions
  @OptionGroup var options: ChangeOptions

  func run() throws {
    if local.local {
      try LocalChange(.restore, local, options).run()
    } else {
      try FlagChange(.restore, options).run()
    }
  }
}

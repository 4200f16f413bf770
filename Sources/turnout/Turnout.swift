import ArgumentParser

/// The program. Each subcommand is a file in Commands; the options that commands share are in Options.
@main
struct Turnout: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "turnout",
    abstract: "A proxy that sends each user to legacy or unified, by a percentage that you change while it runs.",
    usage: "turnout <subcommand> [<options>]",
    discussion: """
      Every command finds its system in the same way. An option overrides a variable, a variable overrides the \
      configuration file:
        --config  TURNOUT_CONFIG  turnout.yaml in the working folder
        --flags   TURNOUT_FLAGS   flags.json
        --admin   TURNOUT_ADMIN   127.0.0.1:9901
        --state   TURNOUT_STATE   turnout.state

      \(ExitStatus.help)
      """,
    version: Version.text,
    groupedSubcommands: [
      CommandGroup(name: "Run", subcommands: [Serve.self, Demo.self, Sample.self]),
      CommandGroup(
        name: "Roll out", subcommands: [SetPercentage.self, Allow.self, Deny.self, Kill.self, Restore.self]),
      CommandGroup(
        name: "Observe", subcommands: [Status.self, Compare.self, Watch.self, Which.self, Log.self]),
      CommandGroup(
        name: "Check",
        subcommands: [CheckConfiguration.self, Preflight.self, Smoke.self, Validate.self, Inspect.self]),
      CommandGroup(
        name: "Contexts",
        subcommands: [Migrate.self, Verify.self, CleanupContexts.self, RestoreDump.self, LayoutCommands.self]),
    ])
}

extension CommandConfiguration {
  /// A subcommand, with examples at the end of its overview.
  ///
  /// - Parameters:
  ///   - name: all words of it: `kill`, `layout show`.
  ///   - usage: what follows the name: the arguments and the options that are needed most; the rest is `[<options>]`.
  ///   - discussion: everything that the options do not say.
  ///   - examples: two or three command lines that can be pasted.
  static func subcommand(
    _ name: String, _ abstract: String, usage: String, discussion: String, examples: [String],
    subcommands: [any ParsableCommand.Type] = []
  ) -> CommandConfiguration {
    CommandConfiguration(
      commandName: name.split(separator: " ").last.map(String.init), abstract: abstract,
      usage: "turnout \(name) \(usage)",
      discussion: "\(discussion)\n\nExamples:\n" + examples.map { "  \($0)" }.joined(separator: "\n"),
      subcommands: subcommands)
  }
}

enum Version {
  static let text = "0.1.0"
}

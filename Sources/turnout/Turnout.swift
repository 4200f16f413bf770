import ArgumentParser

/// The program. Each subcommand is a file in Commands; what they share about finding a system is in Options.
@main
struct Turnout: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "turnout",
    abstract: "A proxy that sends each user down one of two paths, by a percentage that you change while it runs.",
    discussion: """
      Every command finds its system in the same way: --config, or the variable TURNOUT_CONFIG, or turnout.yaml in the \
      working folder; --flags, --admin and --state, or TURNOUT_FLAGS, TURNOUT_ADMIN and TURNOUT_STATE, go before what that file says.

      \(ExitStatus.help)
      """,
    version: Version.text,
    groupedSubcommands: [
      CommandGroup(name: "Run", subcommands: [Serve.self, Demo.self, Sample.self]),
      CommandGroup(
        name: "Look", subcommands: [Status.self, Compare.self, Watch.self, Which.self, Log.self, Check.self]),
      CommandGroup(name: "Change", subcommands: [SetPercentage.self, Allow.self, Deny.self, Kill.self, Restore.self]),
      CommandGroup(name: "Check", subcommands: [Preflight.self, Smoke.self, Inspect.self, Validate.self]),
      CommandGroup(
        name: "Move the data", subcommands: [Migrate.self, Verify.self, CleanupContexts.self, RestoreDump.self]),
    ])
}

enum Version {
  static let text = "0.1.0"
}

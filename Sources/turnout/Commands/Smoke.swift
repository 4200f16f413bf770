import ArgumentParser
import Configuration
import Diagnostics
import FlagStore

/// The guide's smoke test, on both paths.
struct Smoke: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send three messages through the proxy on each path, and check what Redis holds after.",
    discussion: """
      For customers and admins, on legacy and unified: the answers, the keys, their TTL. The users are turnout-smoke-1 \
      and so on, the first that the flag sends to each path; their keys are removed after.
      """)

  @Flag(help: "Leave the keys in Redis, to look at them.")
  var keep = false

  @OptionGroup var chat: ChatOptions
  @OptionGroup var contexts: ContextOptions
  @OptionGroup var flag: FlagOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let configuration = try system.locate()
    let flag = try flag.read(from: configuration.flags.source)
    var test = SmokeTest(
      try chat.requests(configuration), users: try chat.users(flag),
      probe: ContextProbe(try contexts.place(in: configuration)), lifetimes: try contexts.lifetimes)
    test.keeps = keep
    try DiagnosticsRun.run(test.checks, json: output.json)
  }
}

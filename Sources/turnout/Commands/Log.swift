import ArgumentParser
import Configuration
import FlagStore

/// Who changed what.
struct Log: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show who changed which flag, when, from where and why; the newest first.",
    discussion: "Needs no running proxy. With --json it prints the entries as they are stored.")

  @Option(help: ArgumentHelp("Only this flag. Default: all.", valueName: "name"))
  var flag: String?

  @Option(help: ArgumentHelp("How many entries, 1 to 1000.", valueName: "number"))
  var limit = 20

  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    guard (1...1_000).contains(limit) else { throw failure(.usage, "--limit is a number from 1 to 1000.") }
    let source = try system.locate().flags.source
    let trail: AuditTrail
    do throws(FlagStoreError) { trail = try source.audit(flag: flag, limit: limit) } catch {
      throw failure(error.exitStatus, error.description)
    }
    if output.json { return try JSONOutput.print(trail) }
    Console.write(LogReport(trail: trail, place: source.place, flag: flag).text)
  }
}

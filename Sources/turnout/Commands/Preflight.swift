import ArgumentParser
import Configuration
import Conversations
import Diagnostics
import FlagStore
import HTTPClient
import MySQL

/// Prepares and checks everything that the migration guide requires before the first raise.
struct Preflight: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "preflight", "Before the first raise: back up, check flag, Redis and monitoring, drill a rollback.",
    usage: "[--backups <folder>] [--mysql <address>] [<options>]",
    discussion: """
      Also records the baseline that turnout inspect compares with. Each check prints one line, with advice if it fails. \
      Checks without the option that they need are reported as not asked. The rollback drill uses a flag of its own, so \
      no proxy is affected. Exit status: 0 all passed; 12 a check failed.
      """,
    examples: [
      "turnout preflight --backups /var/backups/turnout",
      "turnout preflight --prometheus http://127.0.0.1:9090",
      "turnout preflight --new-baseline --json",
    ])

  @Option(help: ArgumentHelp("Copy the backups to this folder.", valueName: "folder"), completion: .directory)
  var backups: String?

  @Option(
    help: ArgumentHelp(
      "Also dump this database: mysql://USER:PASSWORD@HOST/DATABASE. Default: $TURNOUT_MYSQL.", valueName: "address"))
  var mysql: String?

  @Option(
    help: ArgumentHelp("The Prometheus that scrapes the proxies: http://HOST:9090.", valueName: "address"),
    transform: { text in try EndpointArgument.http(text, standardPort: 9090) })
  var prometheus: HTTPEndpoint?

  @Option(
    help: ArgumentHelp("The Grafana with the dashboard: http://HOST:3000.", valueName: "address"),
    transform: { text in try EndpointArgument.http(text, standardPort: 3000) })
  var grafana: HTTPEndpoint?

  @ArgumentParser.Flag(help: "Replace the baseline of day 0 by this one for later comparisons.")
  var newBaseline = false

  @OptionGroup var scan: ScanOptions
  @OptionGroup(title: "Messages") var messages: MessagesOptions
  @OptionGroup(title: "Which contexts") var contexts: ContextOptions
  @OptionGroup(title: "Which flag") var flag: FlagOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let location = try system.locate()
    let (database, folder) = (try databaseAddress(), backups.map { BackupFolder($0) })
    if database != nil, folder == nil {
      throw failure(.usage, "A dump of the database needs --backups FOLDER.")
    }
    let redis = try contexts.location(in: location)
    let admin = try system.adminEndpoint()
    let timeout = scan.timeout.duration
    let name = self.name(in: location.flags.source)
    let keys = SharedContextsState(redis, try contexts.layout(in: location), rate: scan.limitRate)
    var checks = ServerChecks.all(keys, scanTimeout: timeout) + [RightsCheck.check(redis)]
    checks.append(LayoutCheck.check(try contexts.layout(in: location), redis, timeout: timeout))
    checks.append(RedisBackup(redis, folder: folder, timeout: timeout).check)
    if let database, let folder {
      checks.append(DatabaseDump(database, folder: folder, timeout: timeout).check)
    } else {
      checks.append(DatabaseDump.notAsked)
    }
    checks.append(
      MessagesCheck.check(
        try messages.location, queries: try messages.queries(in: location), timeout: timeout))
    checks +=
      FlagChecks(
        location: location.flags, source: location.flags.source, name: name, admin: admin, author: CurrentUser.name,
        origin: CurrentUser.origin
      ).all
    checks += MonitoringChecks(admin: admin, flag: name, prometheus: prometheus, grafana: grafana).all
    checks.append(
      BaselineCheck(keys, admin: admin, flag: name, since: scan.since.lookbackText, replaces: newBaseline)
        .check(timeout: timeout))
    try DiagnosticsRun.run(checks, json: output.json)
  }

  /// The standard name if the store cannot be read; the check of the flag reports that.
  private func name(in source: any FlagSource) -> String {
    if let name = flag.flag { return name }
    guard let names = try? source.names(), names.count == 1 else { return Configuration.standardFlag }
    return names[0]
  }

  private func databaseAddress() throws -> MySQLAddress? {
    guard let text = mysql ?? SystemOptions.variable("TURNOUT_MYSQL") else { return nil }
    return try orFail(.usage, mysql == nil ? "TURNOUT_MYSQL" : "--mysql") { try MySQLAddress(parsing: text) }
  }
}

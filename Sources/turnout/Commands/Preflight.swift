import ArgumentParser
import Configuration
import Conversations
import Diagnostics
import FlagStore
import HTTPClient
import MySQL

/// What the guide wants done before the first step, done and checked.
struct Preflight: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Before the first step: back up, check flag, monitoring and Redis, rehearse a rollback, keep a baseline.",
    discussion: """
      A line for each check, with what to do where one fails. What was not asked for is not checked, and says so. \
      The rollback is rehearsed on a flag of its own, so that no proxy notices. Exit status: 0 all passed; 12 one failed.
      """)

  @Option(help: ArgumentHelp("Keep copies of the backups here.", valueName: "folder"), completion: .directory)
  var backups: String?

  @Option(
    help: ArgumentHelp(
      "Dump this database, too: mysql://user:password@host/database. Default: $TURNOUT_MYSQL.", valueName: "address"))
  var mysql: String?

  @Option(
    help: ArgumentHelp("A Prometheus that is to scrape the proxies: http://host:9090.", valueName: "address"),
    transform: { text in try EndpointArgument.http(text, standardPort: 9090) })
  var prometheus: HTTPEndpoint?

  @Option(
    help: ArgumentHelp("A Grafana that is to show them: http://host:3000.", valueName: "address"),
    transform: { text in try EndpointArgument.http(text, standardPort: 3000) })
  var grafana: HTTPEndpoint?

  @ArgumentParser.Flag(help: "Compare with this baseline from now on, instead of that of day 0.")
  var newBaseline = false

  @OptionGroup var messages: MessagesOptions
  @OptionGroup var flag: FlagOptions
  @OptionGroup var contexts: ContextOptions
  @OptionGroup var walk: WalkOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let location = try system.locate()
    let (database, folder) = (try databaseAddress(), backups.map { BackupFolder($0) })
    if database != nil, folder == nil {
      throw failure(.usage, "A dump needs a place: give --backups FOLDER.")
    }
    let place = try contexts.place(in: location)
    let admin = try system.adminEndpoint()
    let name = self.name(in: location.flags.source)
    let keys = KeyWalk(place, rate: walk.limitRate)
    var checks = ServerChecks.all(keys, walkLimitNanoseconds: walk.timeoutNanoseconds) + [RightsCheck.check(place)]
    checks.append(RedisBackup(place, folder: folder).check(limitNanoseconds: walk.timeoutNanoseconds))
    if let database, let folder {
      checks.append(DatabaseDump(database, folder: folder).check(limitNanoseconds: walk.timeoutNanoseconds))
    } else {
      checks.append(DatabaseDump.notAsked)
    }
    checks.append(
      MessagesCheck.check(
        try messages.place, query: try messages.query, limitNanoseconds: walk.timeoutNanoseconds))
    checks +=
      FlagChecks(
        place: location.flags, source: location.flags.source, name: name, admin: admin, author: Author.text,
        origin: Author.origin
      ).all
    checks += MonitoringChecks(admin: admin, flag: name, prometheus: prometheus, grafana: grafana).all
    checks.append(
      BaselineCheck(keys, admin: admin, flag: name, since: walk.sinceText, replaces: newBaseline)
        .check(limitNanoseconds: walk.timeoutNanoseconds))
    try DiagnosticsRun.run(checks, json: output.json)
  }

  /// That the store cannot be read, the check of the flag says.
  private func name(in source: any FlagSource) -> String {
    if let name = flag.flag { return name }
    guard let names = try? source.names(), names.count == 1 else { return Configuration.standardFlag }
    return names[0]
  }

  private func databaseAddress() throws -> MySQLAddress? {
    guard let text = mysql ?? SystemOptions.variable("TURNOUT_MYSQL") else { return nil }
    do throws(MySQLAddressFault) { return try MySQLAddress(parsing: text) } catch {
      throw failure(.usage, "\(mysql == nil ? "TURNOUT_MYSQL" : "--mysql"): \(error)")
    }
  }
}

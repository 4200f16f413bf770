import Admin
import ArgumentParser
import Configuration
import Glibc
import HTTPClient
import Reactor

/// The kill switch of one proxy, by its admin API: it goes before the flags and needs no store.
///
/// The socket in the state folder is asked if there is one, since it needs no token; with `--admin`, or without a socket,
/// the admin port is.
struct LocalChange {
  enum Action {
    case kill(hard: Bool)
    case restore
  }

  /// What is sent; members without a value are left out.
  struct Order: Encodable {
    var by: String
    var reason: String?
    var hard: Bool?
  }

  struct Answer: Decodable {
    let changed: Bool?
    /// Nil from an earlier version.
    let kept: Bool?
    let generation: UInt64
  }

  let action: Action
  let local: LocalOptions
  let options: ChangeOptions

  init(_ action: Action, _ local: LocalOptions, _ options: ChangeOptions) {
    self.action = action
    self.local = local
    self.options = options
  }

  func run() throws {
    guard options.flag.flag == nil, options.ifRevision == nil else {
      throw failure(.usage, "--local is about all flags of one proxy: --flag and --if-revision have no place with it.")
    }
    let system = try options.system.locateAdmin()
    let client = try client(system)
    // To wait for nothing would be to send nothing.
    let time = max(Duration.nanoseconds(clamping: options.wait.nanoseconds), .milliseconds(250))
    let answer: Answer
    do throws(AdminError) {
      answer = try client.post(path, order, within: time)
    } catch {
      throw problem(error, client.address, system.configuration)
    }
    try report(answer, client)
  }

  // MARK: Whom to ask

  private func client(_ system: AdminLocation) throws -> AdminClient {
    if options.system.admin == nil, let socket = system.socket, unsafe access(socket, F_OK) == 0 {
      return AdminClient(.unix(path: socket))
    }
    return AdminClient(HTTPEndpoint.Address(try options.system.port(of: system)), token: try token(system))
  }

  private func token(_ system: AdminLocation) throws -> String? {
    if let file = local.tokenFile { return try AdminToken.read(file) }
    if let text = SystemOptions.variable("TURNOUT_TOKEN") { return text }
    // Without a token the proxy says what it needs.
    guard let file = system.tokenFile, unsafe access(file, F_OK) == 0 else { return nil }
    return try? AdminToken.read(file)
  }

  // MARK: What to ask for

  private var path: String {
    switch action {
    case .kill: "/api/v1/kill"
    case .restore: "/api/v1/restore"
    }
  }

  private var order: Order {
    switch action {
    case .kill(let hard): Order(by: Author.text, reason: options.reason, hard: hard ? true : nil)
    case .restore: Order(by: Author.text, reason: options.reason)
    }
  }

  // MARK: What it came to

  private func report(_ answer: Answer, _ client: AdminClient) throws {
    let address = client.address
    if answer.kept == false {
      Console.complain("warning: the proxy could not write it down; when it starts again, it is as before. See its log")
    }
    if options.output.json { return try JSONOutput.print(LocalChangeDocument(action, answer, address)) }
    switch action {
    case .kill:
      Console.write(
        "KILLED locally, everyone goes to legacy at \(address), in force (generation \(answer.generation))\n")
      Console.write("undo: turnout restore --local\(options.system.typedLocally)\n")
    case .restore where answer.changed == false:
      Console.write("there was no local kill at \(address) (generation \(answer.generation))\n")
      reportInForce(client)
    case .restore:
      Console.write("the local kill at \(address) has ended (generation \(answer.generation))\n")
      reportInForce(client)
    }
  }

  /// The end of a local kill is not yet the way to unified: the flag may be killed as well, or the store lost.
  private func reportInForce(_ client: AdminClient) {
    guard let status = try? client.status(within: .seconds(1)).document else { return }
    if status.flagSource.storeLost == true {
      Console.write("in force now: STORE LOST, everyone goes to legacy until it is back\n")
    } else {
      for flag in status.flags {
        Console.write("in force now: \(StatusReport.headline(of: flag)), revision \(flag.revision)\n")
      }
    }
    StaleWarning.print(status)
  }

  private func problem(_ error: AdminError, _ address: HTTPEndpoint.Address, _ system: Configuration) -> ExitCode {
    switch error {
    case .refused(let status, let reason):
      let advice =
        status == 401 ? "\nGive --token-file FILE, TURNOUT_TOKEN, or --state for the folder with the token." : ""
      return failure(.failed, "The proxy at \(address) refuses: \(reason)\(advice)")
    case .unreachable, .unexpected:
      return failure(
        .unreachable,
        error.text(at: address, system) + "\nWithout the admin API: kill -USR1 PID of turnout serve.")
    }
  }
}

/// What `kill --local` and `restore --local` print with `--json`.
struct LocalChangeDocument: Encodable {
  let admin: String
  let killedLocally: Bool
  let changed: Bool
  let generation: UInt64

  init(_ action: LocalChange.Action, _ answer: LocalChange.Answer, _ address: HTTPEndpoint.Address) {
    admin = address.description
    if case .kill = action { killedLocally = true } else { killedLocally = false }
    changed = answer.changed ?? true
    generation = answer.generation
  }

  enum CodingKeys: String, CodingKey {
    case admin, changed, generation
    case killedLocally = "killed_locally"
  }
}

/// What `kill` and `restore` take besides: this proxy alone, past the store.
struct LocalOptions: ParsableArguments {
  @Flag(name: .long, help: "This proxy alone, by its admin API; works while the store is down.")
  var local = false

  @Option(
    help: ArgumentHelp(
      "With --local over TCP: the file with the token. Default: $TURNOUT_TOKEN, else admin.token in the state folder.",
      valueName: "file"),
    completion: .file())
  var tokenFile: String?
}

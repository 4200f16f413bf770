import Admin
import ArgumentParser
import Configuration
import Glibc
import HTTPClient
import Reactor

/// The kill switch of one proxy, through its admin API: it overrides the flags and needs no store.
///
/// The request goes to the socket in the state folder, which needs no token; with `--admin`, or without a socket, it goes
/// to the admin port.
struct LocalChange {
  enum Action {
    case kill(hard: Bool)
    case restore
  }

  /// The request body; members without a value are omitted.
  struct Order: Encodable {
    var by: String
    var reason: String?
    var hard: Bool?
  }

  struct Reply: Decodable {
    let changed: Bool?
    /// Whether the proxy saved it for its next start; nil from an earlier version.
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
      throw failure(.usage, "--local concerns all flags of one proxy, so it excludes --flag and --if-revision.")
    }
    let system = try options.system.locateAdmin()
    let client = try client(system)
    // --wait 0s must still send the request.
    let reply: Reply
    do throws(AdminError) {
      reply = try client.post(path, order, within: max(options.wait.duration, .milliseconds(250)))
    } catch {
      throw problem(error, client.address, system.configuration)
    }
    try report(reply, client)
  }

  // MARK: The endpoint

  private func client(_ system: AdminLocation) throws -> AdminClient {
    if options.system.admin == nil, let socket = system.socket, unsafe access(socket, F_OK) == 0 {
      return AdminClient(.unix(path: socket))
    }
    return AdminClient(HTTPEndpoint.Address(try options.system.port(of: system)), token: try token(system))
  }

  private func token(_ system: AdminLocation) throws -> String? {
    if let file = local.tokenFile { return try AdminToken.read(file) }
    if let text = SystemOptions.variable("TURNOUT_TOKEN") { return text }
    // Without a token, the refusal of the proxy says what it needs.
    guard let file = system.tokenFile, unsafe access(file, F_OK) == 0 else { return nil }
    return try? AdminToken.read(file)
  }

  // MARK: The request

  private var path: String {
    switch action {
    case .kill: "/api/v1/kill"
    case .restore: "/api/v1/restore"
    }
  }

  private var order: Order {
    switch action {
    case .kill(let hard): Order(by: CurrentUser.name, reason: options.reason, hard: hard ? true : nil)
    case .restore: Order(by: CurrentUser.name, reason: options.reason)
    }
  }

  // MARK: The result

  private func report(_ reply: Reply, _ client: AdminClient) throws {
    let address = client.address
    if reply.kept == false {
      Console.printError("warning: the proxy could not save this; a restart reverts it. See its log.")
    }
    if options.output.json { return try JSONOutput.print(LocalChangeDocument(action, reply, address)) }
    switch action {
    case .kill:
      Console.write(
        "KILLED locally, everyone goes to legacy at \(address), in force (generation \(reply.generation))\n")
      Console.write("undo: turnout restore --local\(options.system.typedLocally)\n")
    case .restore where reply.changed == false:
      Console.write("there was no local kill at \(address) (generation \(reply.generation))\n")
      reportInForce(client)
    case .restore:
      Console.write("the local kill at \(address) has ended (generation \(reply.generation))\n")
      reportInForce(client)
    }
  }

  /// After a local kill, the flag may still be killed, or the store lost.
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
      return failure(.failed, "The proxy at \(address) refused: \(reason)\(advice)")
    case .unreachable, .unexpected:
      return failure(
        .unreachable,
        error.text(at: address, system)
          + "\nWithout the admin API, signal the process of turnout serve: kill -USR1 PID")
    }
  }
}

/// The JSON document of `kill --local` and `restore --local`.
struct LocalChangeDocument: Encodable {
  let admin: String
  let killedLocally: Bool
  let changed: Bool
  let generation: UInt64

  init(_ action: LocalChange.Action, _ reply: LocalChange.Reply, _ address: HTTPEndpoint.Address) {
    admin = address.description
    if case .kill = action { killedLocally = true } else { killedLocally = false }
    changed = reply.changed ?? true
    generation = reply.generation
  }

  enum CodingKeys: String, CodingKey {
    case admin, changed, generation
    case killedLocally = "killed_locally"
  }
}

/// Options of `kill` and `restore` that concern one proxy and bypass the store.
struct LocalOptions: ParsableArguments {
  @Flag(name: .long, help: "Only this proxy, through its admin API; works while the store is down.")
  var local = false

  @Option(
    help: ArgumentHelp(
      "With --local over TCP: the token file. Default: $TURNOUT_TOKEN, else admin.token in the state folder.",
      valueName: "file"),
    completion: .file())
  var tokenFile: String?
}

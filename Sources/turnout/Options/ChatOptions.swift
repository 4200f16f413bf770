import ArgumentParser
import Configuration
import Diagnostics
import FlagStore
import Flags
import HTTPClient
import MySQL
import Proxy
import Reactor

/// The chat requests that smoke and validate send through the proxy.
struct ChatOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The client port of the proxy. Default: the first address of listen.", valueName: "http://host:port"))
  var proxy: String?

  @Option(help: ArgumentHelp("The chat endpoint for customers.", valueName: "path"))
  var path = "/api/chat"

  @Option(help: ArgumentHelp("The assistant endpoint for admins.", valueName: "path"))
  var adminPath = "/admin/assistant/chat"

  @Option(
    help: ArgumentHelp(
      "A header field; {user} is the user. Repeatable. Default: X-User-Id: {user} and the sample application's token.",
      valueName: "name: value"))
  var header: [String] = []

  @Option(
    help: ArgumentHelp(
      "The same for admins. Repeatable. Default: those of --header.", valueName: "name: value"))
  var adminHeader: [String] = []

  @Option(help: ArgumentHelp("The body; {message} is the message, {user} the user.", valueName: "JSON"))
  var body = ChatRequests.standardBody

  @Option(
    help: ArgumentHelp(
      "A test user without a context, instead of turnout-smoke-1 and so on. Repeatable. The flag decides its cohort.",
      valueName: "name"))
  var user: [String] = []

  @Option(
    help: ArgumentHelp("How long a response may take. Default: 10s.", valueName: "duration"),
    transform: DurationArgument.within(.milliseconds(1) ... .seconds(3_600)))
  var timeout = DurationArgument(.seconds(10))

  func requests(_ configuration: Configuration) throws -> ChatRequests {
    var requests = ChatRequests(try endpoint(configuration))
    requests.clientPath = try checked(path, "--path")
    requests.adminPath = try checked(adminPath, "--admin-path")
    if !header.isEmpty {
      requests.clientFields = try header.map(field)
      requests.adminFields = requests.clientFields
    }
    if !adminHeader.isEmpty { requests.adminFields = try adminHeader.map(field) }
    guard body.contains("{message}") else {
      throw failure(.usage, "--body: {message}, the placeholder for the text, is missing")
    }
    requests.body = body
    requests.timeout = timeout.duration
    return requests
  }

  private func endpoint(_ configuration: Configuration) throws -> HTTPEndpoint {
    if let proxy { return try Self.endpoint(proxy, of: "--proxy") }
    guard let listen = configuration.proxy.listen.first, listen.port > 0 else {
      throw failure(.usage, "The client port of the proxy is not known. Give --proxy http://HOST:PORT.")
    }
    let everywhere = ["0.0.0.0": "127.0.0.1", "::": "::1"]
    return HTTPEndpoint(host: everywhere[listen.host] ?? listen.host, port: listen.port)
  }

  static func endpoint(_ text: String, of option: String) throws -> HTTPEndpoint {
    try orFail(.usage, option) { try HTTPEndpoint(parsing: text, standardPort: 80) }
  }

  private func checked(_ path: String, _ option: String) throws -> String {
    guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw failure(.usage, "\(option) \"\(Console.printable(path))\" is not a path such as /api/chat")
    }
    return path
  }

  private func field(_ line: String) throws -> HTTPField {
    guard let field = ChatRequests.field(line) else {
      throw failure(.usage, "\"\(Console.printable(line))\" is not a header field such as \"X-User-Id: {user}\"")
    }
    return field
  }

  /// Test users for each path, by the stored flag.
  func users(_ flag: Flags.Flag) throws -> SmokeUsers {
    for name in user where !(1...FlagLimits.userBytes).contains(name.utf8.count) || !ChatRequests.isValue(name) {
      throw failure(.usage, "--user \"\(Console.printable(name))\" cannot be sent in a header field")
    }
    return SmokeUsers(flag, named: user)
  }
}

/// Arguments that name a server, checked when they are parsed.
enum EndpointArgument {
  /// `http://host:port`, for a service with a standard port of its own.
  static func http(_ text: String, standardPort: UInt16) throws -> HTTPEndpoint {
    do throws(HTTPEndpoint.ParseError) { return try HTTPEndpoint(parsing: text, standardPort: standardPort) } catch {
      throw ValidationError(error.description)
    }
  }
}

extension SystemOptions {
  /// The admin port, for plain HTTP.
  func adminEndpoint() throws -> HTTPEndpoint {
    HTTPEndpoint(HTTPEndpoint.Address(try port(of: try locateAdmin())))
  }
}

/// How preflight and inspect scan the keys and read the counters.
struct ScanOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Scan at most this many keys per second. Default: no limit.", valueName: "number"))
  var limitRate: Int?

  @Option(
    help: ArgumentHelp("How far back to sum the proxies' counters, at most 7d. Default: 15m.", valueName: "duration"),
    transform: DurationArgument.within(DurationArgument.lookback))
  var since = DurationArgument(.seconds(900))

  @Option(
    help: ArgumentHelp(
      "How long a save, a dump or the scan of the keys may take. Default: 10m.", valueName: "duration"),
    transform: DurationArgument.within(DurationArgument.lookback))
  var timeout = DurationArgument(.seconds(600))

  func validate() throws {
    if let limitRate, limitRate < 1 { throw ValidationError("--limit-rate: expected a number from 1.") }
  }
}

extension HTTPEndpoint.Address {
  init(_ endpoint: Endpoint) { self = .tcp(host: endpoint.host, port: endpoint.port) }
}

import ArgumentParser
import Configuration
import Diagnostics
import FlagStore
import Flags
import HTTPClient
import MySQL
import Proxy
import Reactor

/// How the application is asked through the proxy, for the commands that try it out.
struct ChatOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The proxy, as clients reach it. Default: the first address of listen.", valueName: "http://host:port"))
  var proxy: String?

  @Option(help: ArgumentHelp("The chat of customers.", valueName: "path"))
  var path = "/api/chat"

  @Option(help: ArgumentHelp("The assistant of admins.", valueName: "path"))
  var adminPath = "/admin/assistant/chat"

  @Option(
    help: ArgumentHelp(
      "A header field, with {user} for the user; may be given again. Default: X-User-Id: {user} and the sample application's token.",
      valueName: "name: value"))
  var header: [String] = []

  @Option(
    help: ArgumentHelp(
      "The same for admins; may be given again. Default: those of --header.", valueName: "name: value"))
  var adminHeader: [String] = []

  @Option(help: ArgumentHelp("The body, with {message} for the message and {user} for the user.", valueName: "JSON"))
  var body = ChatRequests.standardBody

  @Option(
    help: ArgumentHelp(
      "A user without a context, in the place of our own; may be given again. The flag says which path it is for.",
      valueName: "name"))
  var user: [String] = []

  @Option(help: ArgumentHelp("How long an answer may take: 500ms, 30s.", valueName: "time"))
  var timeout = WaitTime(nanoseconds: 10_000_000_000)

  func requests(_ configuration: Configuration) throws -> ChatRequests {
    var requests = ChatRequests(try place(configuration))
    requests.clientPath = try checked(path, "--path")
    requests.adminPath = try checked(adminPath, "--admin-path")
    if !header.isEmpty {
      requests.clientFields = try header.map(field)
      requests.adminFields = requests.clientFields
    }
    if !adminHeader.isEmpty { requests.adminFields = try adminHeader.map(field) }
    guard body.contains("{message}") else {
      throw failure(.usage, "--body has no {message} in it: the place of the text")
    }
    requests.body = body
    guard timeout.nanoseconds > 0 else { throw failure(.usage, "--timeout is nothing; give it a time such as 10s") }
    requests.timeout = .nanoseconds(clamping: timeout.nanoseconds)
    return requests
  }

  private func place(_ configuration: Configuration) throws -> HTTPEndpoint {
    if let proxy { return try Self.place(proxy, of: "--proxy") }
    guard let listen = configuration.proxy.listen.first, listen.port > 0 else {
      throw failure(.usage, "Where the proxy listens is not known; give --proxy http://HOST:PORT")
    }
    let everywhere = ["0.0.0.0": "127.0.0.1", "::": "::1"]
    return HTTPEndpoint(host: everywhere[listen.host] ?? listen.host, port: listen.port)
  }

  static func place(_ text: String, of option: String) throws -> HTTPEndpoint {
    do throws(HTTPEndpoint.ParseError) { return try HTTPEndpoint(parsing: text, standardPort: 80) } catch {
      throw failure(.usage, "\(option): \(error)")
    }
  }

  private func checked(_ path: String, _ option: String) throws -> String {
    guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw failure(.usage, "\(option) \"\(Console.printable(path))\" is no path: /api/chat")
    }
    return path
  }

  private func field(_ line: String) throws -> HTTPField {
    guard let field = ChatRequests.field(line) else {
      throw failure(.usage, "\"\(Console.printable(line))\" is no header field: \"X-User-Id: {user}\"")
    }
    return field
  }

  /// Users by the flag, as it is stored.
  func users(_ flag: Flags.Flag) throws -> SmokeUsers {
    for name in user where !(1...FlagLimits.userBytes).contains(name.utf8.count) || !ChatRequests.isValue(name) {
      throw failure(.usage, "--user \"\(Console.printable(name))\" cannot stand in a header field")
    }
    return SmokeUsers(flag, named: user)
  }
}

/// Arguments that name a place, checked when they are read.
enum EndpointArgument {
  /// `http://host:port`, of a service that has a port of its own.
  static func http(_ text: String, standardPort: UInt16) throws -> HTTPEndpoint {
    do throws(HTTPEndpoint.ParseError) { return try HTTPEndpoint(parsing: text, standardPort: standardPort) } catch {
      throw ValidationError(error.description)
    }
  }

  static func mysql(_ text: String) throws -> MySQLAddress {
    do throws(MySQLAddressFault) { return try MySQLAddress(parsing: text) } catch {
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

/// How fast keys are walked over.
struct WalkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Look at so many keys a second at most. Default: as fast as they come, 1000 at a time.", valueName: "keys"))
  var limitRate: Int?

  @Option(
    help: ArgumentHelp("Sum the proxies' counters over this time: 90s, 15m, 2h, 7d. Default: 15m.", valueName: "time"),
    transform: { text in try SinceTime(parsing: text) })
  var since: SinceTime?

  @Option(
    help: ArgumentHelp(
      "How long one check may take: 90s, 15m, 2h. Default: 10m for saves, dumps and the walk over the keys.",
      valueName: "time"), transform: { text in try SinceTime(parsing: text) })
  var timeout: SinceTime?

  func validate() throws {
    if let limitRate, limitRate < 1 { throw ValidationError("--limit-rate is a number of keys from 1 on.") }
  }

  var sinceText: String { (since ?? SinceTime(seconds: 900)).text }
  var timeoutNanoseconds: UInt64 { UInt64((timeout ?? SinceTime(seconds: 600)).seconds) * 1_000_000_000 }
}

extension HTTPEndpoint.Address {
  init(_ endpoint: Endpoint) { self = .tcp(host: endpoint.host, port: endpoint.port) }
}

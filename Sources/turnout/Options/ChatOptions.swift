import ArgumentParser
import Configuration
import Conversations
import Diagnostics
import FlagStore
import Flags
import FoundationEssentials
import HTTPClient
import JSON
import MySQL
import Proxy
import Reactor

/// The chat requests that smoke and validate send through the proxy.
struct ChatOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The client port of the proxy. Default: the first address of listen.", valueName: "http://host:port"))
  var proxy: String?

  @Option(
    help: ArgumentHelp("The chat endpoint for customers. Default: chat.client.path, else /api/chat.", valueName: "path")
  )
  var path: String?

  @Option(
    help: ArgumentHelp(
      "The assistant endpoint for admins. Default: chat.admin.path, else /admin/assistant/chat.", valueName: "path"))
  var adminPath: String?

  @Option(
    help: ArgumentHelp(
      "A header field; {user} is the user. Repeatable. Default: chat.client.headers, else X-User-Id: {user} and the sample application's token.",
      valueName: "name: value"))
  var header: [String] = []

  @Option(
    help: ArgumentHelp(
      "The same for admins. Repeatable. Default: those of --header.", valueName: "name: value"))
  var adminHeader: [String] = []

  @Option(
    help: ArgumentHelp(
      "The body; {message} is the message, {user} the user. Default: {\"message\": \"{message}\"}, with the member of chat.client.request.",
      valueName: "JSON"))
  var body: String?

  @Option(
    help: ArgumentHelp(
      "A test user without a context, instead of turnout-smoke-1 and so on, and the header field of its login. Repeatable. The flag decides its cohort. Default: chat.users.",
      valueName: "id[=header: value]"))
  var user: [String] = []

  @Option(
    help: ArgumentHelp(
      "The same for admins. Repeatable. Default: those of --user.", valueName: "id[=header: value]"))
  var adminUser: [String] = []

  @Option(
    help: ArgumentHelp("How long a response may take. Default: 10s.", valueName: "duration"),
    transform: DurationArgument.within(.milliseconds(1) ... .seconds(3_600)))
  var timeout = DurationArgument(.seconds(10))

  func requests(_ configuration: Configuration) throws -> ChatRequests {
    let chat = configuration.chat
    guard !chat.isUnclear else {
      throw failure(.configuration, "\(configuration.file ?? ""): the section chat is invalid. Run turnout check.")
    }
    var requests = ChatRequests(try endpoint(configuration))
    requests.logins = TestLogins(given: given, request: try chat.login.map { try loginRequest($0, chat.users) })
    let hasLogin = chat.login != nil || !given.isEmpty
    try fill(&requests.client, chat.client, hasLogin, path: path.map { try checked($0, "--path") }, header)
    try fill(
      &requests.admin, chat.admin, hasLogin, path: adminPath.map { try checked($0, "--admin-path") },
      adminHeader.isEmpty ? header : adminHeader)
    requests.identity = chat.identity.map { IdentityRequest(path: $0.path, member: MemberPath($0.member)) }
    requests.timeout = timeout.duration
    return requests
  }

  /// The options go before the configuration.
  private func fill(
    _ chat: inout ChatRequests.Chat, _ settings: ChatSettings.Role, _ hasLogin: Bool, path: String?,
    _ headers: [String]
  ) throws {
    chat.path = path ?? settings.path ?? chat.path
    if !headers.isEmpty {
      chat.fields = try headers.map(field)
    } else if let headers = settings.headers {
      chat.fields = try headers.map(field)
    } else if hasLogin {
      // The token of the sample application would hide the login.
      chat.fields = []
    }
    if let body {
      guard body.contains("{message}") else {
        throw failure(.usage, "--body: {message}, the placeholder for the text, is missing")
      }
      chat.body = body
    } else if let member = settings.message {
      chat.body = "{\(JSONText.quoted(member)): \"{message}\"}"
    }
    chat.sentConversation = settings.sentConversation
    chat.conversation = settings.conversation.map { MemberPath($0) }
    chat.reply = settings.reply.map { MemberPath($0) }
  }

  private func loginRequest(_ settings: ChatSettings.Login, _ users: [ChatSettings.User]) throws -> LoginRequest {
    var request = LoginRequest(path: settings.path, body: settings.body)
    request.method = settings.method
    if let headers = settings.headers { request.fields = try headers.map(field) }
    request.token = settings.token.map { MemberPath($0) }
    for user in users { request.names[user.id] = user.login }
    request.password = try password(settings)
    return request
  }

  /// From the variable or the first line of the file; never shown.
  private func password(_ settings: ChatSettings.Login) throws -> String? {
    if let name = settings.passwordVariable {
      guard let value = SystemOptions.variable(name) else {
        throw failure(
          .configuration, "chat.login.password_variable: the variable \(Console.printable(name)) is not set")
      }
      return value
    }
    guard let path = settings.passwordFile else { return nil }
    guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= 4_096,
      let line = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).first
    else {
      throw failure(.configuration, "chat.login.password_file: \(Console.printable(path)) cannot be read, or is empty")
    }
    return String(line)
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

  /// `ID=HEADER: VALUE`: what is before the first `=`, if a header field comes after it.
  private static func split(_ text: String) -> (id: String, field: HTTPField?) {
    guard let equals = text.firstIndex(of: "="),
      let field = ChatRequests.field(String(text[text.index(after: equals)...]))
    else { return (text, nil) }
    return (String(text[..<equals]), field)
  }

  /// The logins of the command line, by user. One user may have several header fields.
  private var given: [String: [HTTPField]] {
    var logins: [String: [HTTPField]] = [:]
    for text in user + adminUser {
      let (id, field) = Self.split(text)
      if let field { logins[id, default: []].append(field) }
    }
    return logins
  }

  /// Test users for each role, by the stored flag.
  func users(_ flag: Flags.Flag, _ configuration: Configuration) throws -> SmokeUsers {
    func ids(_ texts: [String]) -> [String] {
      texts.map { Self.split($0).id }.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
    let named = (client: ids(user), admin: ids(adminUser.isEmpty ? user : adminUser))
    for name in named.client + named.admin
    where !(1...FlagLimits.userBytes).contains(name.utf8.count) || !ChatRequests.isValue(name) {
      throw failure(.usage, "--user \"\(Console.printable(name))\" cannot be sent in a header field")
    }
    guard user.isEmpty, adminUser.isEmpty else {
      return SmokeUsers(flag, named: [.client: named.client, .admin: named.admin])
    }
    func configured(_ role: ContextRole) -> [String] {
      configuration.chat.users.filter { $0.role == nil || $0.role == role.rawValue }.map(\.id)
    }
    return SmokeUsers(flag, named: [.client: configured(.client), .admin: configured(.admin)])
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

import ArgumentParser
import Configuration
import Conversations
import FlagStore
import MySQL
import Redis

/// The Redis with the contexts.
struct ContextServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The Redis with the contexts: redis://, rediss:// or unix:/... Default: $REDIS_URL, else contexts.redis of the configuration, else the Redis of the flags, else redis://127.0.0.1:6379.",
      valueName: "address"))
  var redis: String?

  /// The Redis named here, else in the configuration, else that of the flags.
  func location(in system: Configuration) throws -> ContextLocation {
    let contexts = system.contexts
    if let named = try named { return ContextLocation(address: named, caFile: contexts.caFile) }
    // The wrong Redis would look empty, and nobody would notice.
    if contexts.isUnclear, contexts.address == nil {
      throw failure(
        .configuration,
        "\(system.file ?? ""): the section contexts is invalid. Run turnout check, or give --redis."
      )
    }
    if let address = contexts.address { return ContextLocation(address: address, caFile: contexts.caFile) }
    if case .redis(let flags) = system.flags { return ContextLocation(address: flags.address, caFile: flags.caFile) }
    return ContextLocation(address: try address("redis://127.0.0.1:6379", of: "the default"))
  }

  /// The same, but with a Redis named here, no mistake in the file matters.
  func location(of system: SystemOptions) throws -> ContextLocation {
    guard let named = try named else { return try location(in: try system.locate()) }
    let found = try? Configuration.locate(file: system.file, overrides: system.overrides)
    return ContextLocation(address: named, caFile: found?.configuration.contexts.caFile)
  }

  private var named: RedisAddress? {
    get throws {
      if let redis { return try address(redis, of: "--redis") }
      return try SystemOptions.variable("REDIS_URL").map { try address($0, of: "REDIS_URL") }
    }
  }

  func address(_ text: String, of origin: String) throws -> RedisAddress {
    try orFail(.configuration, origin) { try RedisAddress(parsing: text) }
  }
}

/// The Redis with the contexts, and how the application keeps them there.
struct ContextOptions: ParsableArguments {
  @OptionGroup var server: ContextServerOptions

  @Option(
    help: ArgumentHelp(
      "How the application keeps its contexts: a layout that ships (turnout layout show lists them) or a file. Default: contexts.layout of the configuration, else turnout.",
      valueName: "layout"),
    completion: .file(extensions: ["yaml", "yml"]))
  var layout: String?

  /// The layout named here, else in the configuration, with the queries of the configuration.
  func layout(in system: Configuration) throws -> Layout {
    try system.layout(named: layout, by: "--layout")
  }

  /// As typed.
  var redis: String? { server.redis }

  func location(in system: Configuration) throws -> ContextLocation { try server.location(in: system) }
  func location(of system: SystemOptions) throws -> ContextLocation { try server.location(of: system) }

  /// Stops a command before its first write where sampled values do not fit the layout.
  func checkFit(_ layout: Layout, of roles: [ContextRole], in system: Configuration) throws {
    let location = try location(in: system)
    do {
      var connection = try location.connect(as: "turnout-layout", replyLimit: 64 << 20)
      try LayoutGuard(layout, roles: roles).check(&connection)
    } catch let error as MigrationError {
      throw failure(.failed, "\(error). Nothing was changed.")
    } catch let error as RedisError {
      throw failure(.failed, "\(error)")
    }
  }

  /// How long contexts live, from the variables of the application, else as the layout says.
  func lifetimes(_ layout: Layout) throws -> ContextLifetimes {
    try orFail(.configuration) { try ContextLifetimes(variables: SystemOptions.variable, layout: layout) }
  }

  /// How long contexts live, from the variables of the application.
  var lifetimes: ContextLifetimes {
    get throws {
      try orFail(.configuration) { try ContextLifetimes(variables: SystemOptions.variable) }
    }
  }
}

extension Configuration {
  /// Every mistake that keeps a layout from being used, a line each.
  struct LayoutProblems: Error, CustomStringConvertible {
    let lines: [String]
    var description: String { lines.joined(separator: "\n") }
  }

  /// The layout with this name or file, else that of `contexts.layout`, with the queries of `contexts.queries`. What is
  /// wrong with it ends the command.
  ///
  /// - Parameter option: the option that names it.
  func layout(named name: String?, by option: String) throws -> Layout {
    // Contexts read by the wrong layout would look missing, and nobody would notice.
    if name == nil, contexts.isLayoutUnclear {
      throw failure(
        .configuration, "\(file ?? ""): the section contexts is invalid. Run turnout check, or give \(option).")
    }
    return try orFail(.configuration) { try contextsLayout(named: name, by: option) }
  }

  func contextsLayout(named name: String? = nil, by option: String = "") throws(LayoutProblems) -> Layout {
    let layout: Layout
    do throws(LayoutError) {
      layout = if let name { try Layout.named(name) } else { try Layout.named(contexts.layout, relativeTo: file) }
    } catch {
      throw LayoutProblems(
        lines: error.lines(namedBy: name == nil ? place(of: ContextsSettings.layoutKey) : option))
    }
    return try withQueries(layout)
  }

  private func withQueries(_ layout: Layout) throws(LayoutProblems) -> Layout {
    var (layout, problems) = (layout, [String]())
    for role in ContextRole.allCases {
      guard let queries = contexts.queries[role.rawValue] else { continue }
      let key = "\(ContextsSettings.queriesKey).\(role.rawValue)"
      guard var found = layout.roles[role] else {
        problems.append(
          "\(file ?? ""): \(key): the layout \(layout.name) has no role \(role.rawValue); remove the queries")
        continue
      }
      do throws(SQLTemplate.ParseError) {
        if let sql = queries.conversations {
          found.conversations = try ConversationQuery(sql: sql, rows: found.conversations?.rows ?? .all)
          found.conversations?.key = "\(key).conversations"
        }
      } catch { problems.append("\(place(of: "\(key).conversations")): \(error)") }
      do throws(SQLTemplate.ParseError) {
        if let sql = queries.messages {
          found.messages = try MessageQuery(sql)
          found.messages?.key = "\(key).messages"
        }
      } catch { problems.append("\(place(of: "\(key).messages")): \(error)") }
      layout.roles[role] = found
    }
    guard problems.isEmpty else { throw LayoutProblems(lines: problems) }
    return layout
  }

  private func place(of key: String) -> String { "\(origin(of: key)): \(key)" }
}

/// Where the application stores its messages.
struct MessagesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The application's messages: mysql://USER:PASSWORD@HOST/DATABASE or a file of JSON lines. Default: $TURNOUT_MESSAGES, which hides the password from the process list.",
      valueName: "address"))
  var messages: String?

  /// Gone; its queries have their place in turnout.yaml.
  @Option(help: .hidden)
  var messagesQuery: String?

  func validate() throws {
    guard messagesQuery == nil else {
      throw ValidationError(
        """
        --messages-query is gone. Write the query into turnout.yaml, as contexts.queries.client.messages and \
        contexts.queries.admin.messages (docs/cli.md, "Messages").
        """)
    }
  }

  /// Nil if none is given.
  var location: MessageLocation? {
    get throws {
      let (text, origin) =
        messages.map { ($0, "--messages") } ?? (SystemOptions.variable("TURNOUT_MESSAGES") ?? "", "TURNOUT_MESSAGES")
      if text.isEmpty && messages == nil { return nil }
      return try orFail(.configuration, origin) { try MessageLocation(parsing: text) }
    }
  }

  /// Those of `contexts.queries`, by role; they are about a user.
  func queries(in system: Configuration) throws -> [ContextRole: MessageQuery] {
    let layout = try orFail(.configuration) { try system.contextsLayout() }
    let queries = layout.roles.compactMapValues(\.messages).filter { $0.value.key != nil }
    for (_, query) in queries where query.isAboutConversation {
      throw failure(
        .configuration,
        "\(query.key ?? ""): this command reads the messages of users. Write user_id = {user} in place of {conversation}"
      )
    }
    return queries
  }

  /// The database for the queries of a layout; nil where it has none for these roles.
  ///
  /// - Parameter isUnasked: `--no-messages`.
  func database(for layout: Layout, roles: [ContextRole], isUnasked: Bool) throws -> MySQLAddress? {
    let asking = roles.compactMap { layout.roles[$0] }
    if case .table(let address)? = try location { return isUnasked ? nil : address }
    if asking.contains(where: { $0.conversations != nil }) {
      throw failure(
        .usage,
        """
        The layout \(layout.name) finds conversations by a query. Give the application's database with --messages
        mysql://USER:PASSWORD@HOST/DATABASE, or in TURNOUT_MESSAGES. Nothing was changed.
        """)
    }
    return nil
  }

  /// Opened; nil if none is given.
  func source(in system: Configuration) throws -> (any MessageSource)? {
    guard let location = try location else { return nil }
    let queries = try queries(in: system)
    let source = try orFail(.failed, "\(location)") { try location.source(queries: queries) }
    if let first = source.invalidLines.first.first {
      Console.printError(
        "warning: skipped \(counted(source.invalidLines.count, "line")) of \(location) that are not messages; "
          + "line \(first.number): \(first.reason)")
    }
    return source
  }
}

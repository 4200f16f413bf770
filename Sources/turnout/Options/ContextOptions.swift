import ArgumentParser
import Configuration
import Conversations
import FlagStore
import Redis

/// The Redis with the contexts.
struct ContextOptions: ParsableArguments {
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

  /// How long contexts live, from the variables of the application.
  var lifetimes: ContextLifetimes {
    get throws {
      try orFail(.configuration) { try ContextLifetimes(variables: SystemOptions.variable) }
    }
  }
}

/// Where the application stores its messages.
struct MessagesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The application's messages: mysql://USER:PASSWORD@HOST/DATABASE or a file of JSON lines. Default: $TURNOUT_MESSAGES, which hides the password from the process list.",
      valueName: "address"))
  var messages: String?

  @Option(
    help: ArgumentHelp(
      "Selects user, role, text and time (ms) of one {user}, or of {users}, of a {channel}: the newest {count}, newest first. Default: for the table of deploy/mysql/messages.sql.",
      valueName: "sql"))
  var messagesQuery: String?

  /// Nil if none is given.
  var location: MessageLocation? {
    get throws {
      let (text, origin) =
        messages.map { ($0, "--messages") } ?? (SystemOptions.variable("TURNOUT_MESSAGES") ?? "", "TURNOUT_MESSAGES")
      if text.isEmpty && messages == nil { return nil }
      return try orFail(.configuration, origin) { try MessageLocation(parsing: text) }
    }
  }

  var query: MessageQuery {
    get throws {
      guard let messagesQuery else { return .standard }
      return try orFail(.configuration, "--messages-query") { try MessageQuery(messagesQuery) }
    }
  }

  /// Opened; nil if none is given.
  var source: (any MessageSource)? {
    get throws {
      guard let location = try location else { return nil }
      let query = try query
      let source = try orFail(.failed, "\(location)") { try location.source(query: query) }
      if let first = source.invalidLines.first.first {
        Console.printError(
          "warning: skipped \(counted(source.invalidLines.count, "line")) of \(location) that are not messages; "
            + "line \(first.number): \(first.reason)")
      }
      return source
    }
  }
}

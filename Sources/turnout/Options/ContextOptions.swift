import ArgumentParser
import Configuration
import Conversations
import FlagStore
import Redis

/// Where the contexts are, for the commands about them.
struct ContextOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The Redis with the contexts: redis://..., rediss://... or unix:/... Default: $REDIS_URL, else contexts.redis of the file, else that of the flags, else redis://127.0.0.1:6379.",
      valueName: "address"))
  var redis: String?

  /// The Redis that is named here, else that of the file, else that of the flags.
  func place(in system: Configuration) throws -> ContextLocation {
    let contexts = system.contexts
    if let named = try named { return ContextLocation(address: named, caFile: contexts.caFile) }
    // Another Redis than the one that was meant would look empty, and nobody would be told.
    if contexts.isUnclear, contexts.address == nil {
      throw failure(
        .configuration,
        "\(system.file ?? ""): contexts says where the contexts are, and cannot be read; see turnout check, or give --redis"
      )
    }
    if let address = contexts.address { return ContextLocation(address: address, caFile: contexts.caFile) }
    if case .redis(let place) = system.flags { return ContextLocation(address: place.address, caFile: place.caFile) }
    return ContextLocation(address: try address("redis://127.0.0.1:6379", of: "the default"))
  }

  /// The same. Where the Redis is named here, no mistake in the file stops it.
  func place(of system: SystemOptions) throws -> ContextLocation {
    guard let named = try named else { return try place(in: try system.locate()) }
    let found = try? Configuration.locate(file: system.file, overrides: system.overrides)
    return ContextLocation(address: named, caFile: found?.configuration.contexts.caFile)
  }

  private var named: RedisAddress? {
    get throws {
      if let redis { return try address(redis, of: "--redis") }
      return try SystemOptions.variable("REDIS_URL").map { try address($0, of: "REDIS_URL") }
    }
  }

  private func address(_ text: String, of origin: String) throws -> RedisAddress {
    do throws(RedisAddressFault) { return try RedisAddress(parsing: text) } catch {
      throw failure(.configuration, "\(origin): \(error)")
    }
  }

  /// How long contexts are kept, from the variables of the application.
  var lifetimes: ContextLifetimes {
    get throws {
      do throws(ContextLifetimes.Fault) { return try ContextLifetimes(variables: SystemOptions.variable) } catch {
        throw failure(.configuration, error.description)
      }
    }
  }
}

extension ContextLayout: ExpressibleByArgument {}
extension ContextRole: ExpressibleByArgument {}

/// Where the application keeps its messages, for the commands that read them.
struct MessagesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The application's messages: mysql://USER:PASSWORD@HOST/DATABASE, or a file of JSON lines. Default: $TURNOUT_MESSAGES, which keeps the password out of the list of processes.",
      valueName: "address"))
  var messages: String?

  @Option(
    help: ArgumentHelp(
      "Reads user, role, text and time (ms) of one {user} or of {users} of a {channel}, the newest {count} first. Default: for the table of deploy/mysql/messages.sql.",
      valueName: "sql"))
  var messagesQuery: String?

  /// Nil when nothing names one.
  var place: MessageLocation? {
    get throws {
      let (text, origin) =
        messages.map { ($0, "--messages") } ?? (SystemOptions.variable("TURNOUT_MESSAGES") ?? "", "TURNOUT_MESSAGES")
      if text.isEmpty && messages == nil { return nil }
      do throws(MessageLocation.Fault) { return try MessageLocation(parsing: text) } catch {
        throw failure(.configuration, "\(origin): \(error)")
      }
    }
  }

  var query: MessageQuery {
    get throws {
      guard let messagesQuery else { return .standard }
      do throws(MessageQuery.Fault) { return try MessageQuery(messagesQuery) } catch {
        throw failure(.configuration, "--messages-query: \(error)")
      }
    }
  }

  /// Opened; nil when nothing names one.
  var source: (any MessageSource)? {
    get throws {
      guard let place = try place else { return nil }
      let query = try query
      let source: any MessageSource
      do throws(MessageSourceError) { source = try place.source(query: query) } catch {
        throw failure(.failed, "\(place): \(error)")
      }
      if let first = source.broken.first.first {
        Console.complain(
          "warning: \(counted(source.broken.count, "line")) of \(place) are no messages and are passed over; "
            + "line \(first.number): \(first.reason)")
      }
      return source
    }
  }
}

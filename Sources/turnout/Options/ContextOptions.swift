import ArgumentParser
import Configuration
import Conversations
import FlagStore
import Redis

/// Where the contexts are, for the commands about them.
struct ContextOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The Redis with the contexts: redis://..., rediss://... or unix:/... Default: $REDIS_URL, else that of the flags, else redis://127.0.0.1:6379.",
      valueName: "address"))
  var redis: String?

  /// - Parameter flags: where the flags are, whose Redis is meant when nothing names another.
  func place(flags: FlagPlace) throws -> ContextPlace {
    if let redis { return ContextPlace(address: try address(redis, of: "--redis")) }
    if let variable = SystemOptions.variable("REDIS_URL") {
      return ContextPlace(address: try address(variable, of: "REDIS_URL"))
    }
    if case .redis(let place) = flags { return ContextPlace(address: place.address, caFile: place.caFile) }
    return ContextPlace(address: try address("redis://127.0.0.1:6379", of: "the default"))
  }

  /// Without a look at the flags' place where the contexts' own is named.
  func place(flags: () throws -> FlagPlace) throws -> ContextPlace {
    if redis != nil || SystemOptions.variable("REDIS_URL") != nil { return try place(flags: .file("")) }
    return try place(flags: flags())
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

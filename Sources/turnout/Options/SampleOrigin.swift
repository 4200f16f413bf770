import Conversations
import Logging
import Redis
import Samples

/// Where the sample application keeps contexts, and where it says what happens.
enum SampleOrigin {
  /// `REDIS_URL` is what applications know it by.
  static func store(
    redis: String?, inMemory: Bool, timeout: UInt64 = ContextConnections.standardTimeout
  ) throws -> SampleStore {
    let lifetimes = try ContextOptions().lifetimes
    if inMemory { return .memory(lifetimes) }
    if let redis { return .redis(try place(redis, of: "--redis"), lifetimes, timeout: timeout) }
    guard let variable = SystemOptions.variable("REDIS_URL") else { return .memory(lifetimes) }
    return .redis(try place(variable, of: "REDIS_URL"), lifetimes, timeout: timeout)
  }

  private static func place(_ text: String, of origin: String) throws -> ContextLocation {
    do throws(RedisAddressFault) { return ContextLocation(address: try RedisAddress(parsing: text)) } catch {
      throw failure(.configuration, "\(origin): \(error)")
    }
  }

  static func journal(_ text: String, _ log: SampleLog) throws -> MessageJournal {
    do {
      let messages = try MessageLocation(parsing: text).log()
      return try MessageJournal(log: log) { message, owner in
        do throws(MessageSourceError) { try messages.append(message, of: owner) } catch { return error.description }
        return nil
      }
    } catch {
      throw failure(.configuration, "--messages: \(error)")
    }
  }

  static func name(_ store: SampleStore) -> String {
    switch store {
    case .memory: "in memory"
    case .redis(let place, _, _): place.description
    }
  }

  /// What users send stands in keys, and so in the lines.
  static func log(_ logger: Logger) -> SampleLog {
    SampleLog(
      info: { logger.info("\(Console.printable($0))") }, error: { logger.error("\(Console.printable($0))") })
  }
}

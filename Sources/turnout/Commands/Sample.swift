public import ArgumentParser
import Configuration
import Conversations
public import Flags
import Glibc
import Logging
import Proxy
import Reactor
import Redis
import Samples

struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the sample application with one of the two context paths.",
    discussion: """
      It answers POST /api/chat and POST /admin/assistant/chat with {"message": "..."}. Users are those of X-User-Id, else \
      of a bearer token: client.42, admin.7 or a JWT with sub. Contexts live as long as CUSTOMER_CONTEXT_TTL, \
      ADMIN_CONTEXT_TTL, CONTEXT_TTL and CONTEXT_TTL_ADAPTIVE say. It ends with SIGTERM or Ctrl-C.
      """)

  @Argument(help: "The context path: legacy or unified.")
  var path: Cohort

  @Option(
    help: ArgumentHelp(
      "Where clients connect. Default: 127.0.0.1:9001 for legacy, 127.0.0.1:9002 for unified.", valueName: "host:port"))
  var listen: String?

  @Option(
    help: ArgumentHelp(
      "Keep contexts in this Redis: redis://..., rediss://... or unix:/... Default: $REDIS_URL, else in memory.",
      valueName: "address"))
  var redis: String?

  @Option(
    help: ArgumentHelp("How long a user may wait for Redis, before the answer goes without history.", valueName: "ms"))
  var redisTimeout = ContextConnections.standardTimeout / 1_000_000

  @ArgumentParser.Flag(help: "Keep contexts in memory, whatever $REDIS_URL says.")
  var memory = false

  @Option(
    help: ArgumentHelp(
      "Write every message there as well, as an application does: mysql://... or a file of JSON lines.",
      valueName: "place"))
  var messages: String?

  @Option(help: ArgumentHelp("Hold every answer back for so many milliseconds.", valueName: "ms"))
  var delay: UInt64 = 0

  func validate() throws {
    if delay > 60_000 { throw ValidationError("--delay is at most 60000 (a minute).") }
    guard (1...60_000).contains(redisTimeout) else { throw ValidationError("--redis-timeout is from 1 to 60000.") }
    if memory && redis != nil { throw ValidationError("Give either --redis or --memory.") }
  }

  func run() throws {
    Signals.block([SIGTERM, SIGINT])
    let place = try endpoint
    let store = try SampleOrigin.store(redis: redis, inMemory: memory, timeout: redisTimeout * 1_000_000)
    let logger = EventLog.make(.info)
    defer { EventLog.flush() }
    let log = SampleOrigin.log(logger)
    let journal = try messages.map { try SampleOrigin.journal($0, log) }
    let upstream = try start(place, store, journal, log)
    logger.notice(
      "the sample application, \(path), listens on http://\(Endpoint(host: place.host, port: upstream.port)); contexts: \(SampleOrigin.name(store))"
    )
    _ = Signals.wait(for: [SIGTERM, SIGINT])
    upstream.stop()
    upstream.join()
    journal?.close()
    let counts = upstream.counts
    logger.notice(
      "\(counted(counts.answers, "answer")), \(counted(counts.created, "new conversation")), \(counted(counts.contextErrors, "context error"))"
    )
  }

  private var endpoint: Endpoint {
    get throws {
      guard let listen else { return Endpoint(host: "127.0.0.1", port: path == .legacy ? 9001 : 9002) }
      guard let endpoint = HostAndPort.parse(listen, port: nil) else {
        throw failure(.usage, "--listen: \"\(listen)\" is not HOST:PORT, such as 127.0.0.1:9001; port 0 chooses one")
      }
      return endpoint
    }
  }

  private func start(
    _ place: Endpoint, _ store: SampleStore, _ journal: MessageJournal?, _ log: SampleLog
  ) throws -> SampleUpstream {
    do throws(ListenError) {
      return try SampleUpstream.start(
        cohort: path, host: place.host, port: place.port, store: store, journal: journal,
        delayNanoseconds: delay * 1_000_000, log: log)
    } catch {
      throw failure(.failed, "sample application: \(error)")
    }
  }
}

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

// `turnout sample legacy`
extension Cohort: ExpressibleByArgument {
  public init?(argument: String) {
    guard let cohort = Cohort.allCases.first(where: { $0.description == argument }) else { return nil }
    self = cohort
  }

  public static var allValueStrings: [String] { allCases.map(\.description) }
}

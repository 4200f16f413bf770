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

/// Runs the sample application.
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "sample", "Run the sample application with the legacy or the unified context layout.",
    usage: "<path> [--redis <address>] [<options>]",
    discussion: """
      Serves POST /api/chat and POST /admin/assistant/chat with {"message": "..."}. The user is that of X-User-Id, else \
      of a bearer token: client.42, admin.7 or a JWT with the claim sub. CUSTOMER_CONTEXT_TTL, ADMIN_CONTEXT_TTL, \
      CONTEXT_TTL and CONTEXT_TTL_ADAPTIVE set how long contexts live. SIGTERM or Ctrl-C ends it.
      """,
    examples: [
      "turnout sample legacy",
      "turnout sample unified --redis redis://127.0.0.1:6379",
      "turnout sample unified --listen 127.0.0.1:9003 --delay 200",
    ])

  @Argument(help: "legacy or unified.")
  var path: Cohort

  @Option(
    help: ArgumentHelp(
      "Where to listen. Default: 127.0.0.1:9001 for legacy, :9002 for unified.", valueName: "host:port"))
  var listen: String?

  @Option(
    help: ArgumentHelp(
      "The Redis for contexts: redis://, rediss:// or unix:/... Default: $REDIS_URL, else in memory.",
      valueName: "address"))
  var redis: String?

  @Option(
    help: ArgumentHelp("How long a user waits for Redis; after that, the reply has no history.", valueName: "ms"))
  var redisTimeout = UInt64(ContextConnections.standardTimeout.milliseconds)

  @ArgumentParser.Flag(help: "Keep contexts in memory, even if $REDIS_URL is set.")
  var memory = false

  @Option(
    help: ArgumentHelp(
      "Also write every message there: mysql://... or a file of JSON lines.",
      valueName: "location"))
  var messages: String?

  @Option(help: ArgumentHelp("Delay every response by this many milliseconds.", valueName: "ms"))
  var delay: UInt64 = 0

  func validate() throws {
    if delay > 60_000 { throw ValidationError("--delay: expected 0 to 60000 ms.") }
    guard (1...60_000).contains(redisTimeout) else { throw ValidationError("--redis-timeout: expected 1 to 60000 ms.") }
    if memory && redis != nil { throw ValidationError("--redis and --memory exclude each other.") }
  }

  func run() throws {
    Signals.block([SIGTERM, SIGINT])
    let address = try endpoint
    let store = try SampleBackend.store(redis: redis, inMemory: memory, timeout: .milliseconds(redisTimeout))
    let logger = EventLog.make(.info)
    defer { EventLog.flush() }
    let log = SampleBackend.log(logger)
    let journal = try messages.map { try SampleBackend.journal($0, log) }
    let upstream = try start(address, store, journal, log)
    logger.notice(
      "the sample application, \(path), listens on http://\(Endpoint(host: address.host, port: upstream.port)); contexts: \(SampleBackend.name(store))"
    )
    _ = Signals.wait(for: [SIGTERM, SIGINT])
    upstream.stop()
    upstream.join()
    journal?.close()
    let counts = upstream.counts
    logger.notice(
      "\(counted(counts.answers, "response")), \(counted(counts.created, "new conversation")), \(counted(counts.contextErrors, "context error"))"
    )
  }

  private var endpoint: Endpoint {
    get throws {
      guard let listen else { return Endpoint(host: "127.0.0.1", port: path == .legacy ? 9001 : 9002) }
      guard let endpoint = HostAndPort.parse(listen, port: nil) else {
        throw failure(
          .usage, "--listen: \"\(listen)\" is not HOST:PORT, such as 127.0.0.1:9001; port 0 takes a free one")
      }
      return endpoint
    }
  }

  private func start(
    _ address: Endpoint, _ store: SampleStore, _ journal: MessageJournal?, _ log: SampleLog
  ) throws -> SampleUpstream {
    try orFail(.failed, "sample application") {
      try SampleUpstream.start(
        cohort: path, host: address.host, port: address.port, store: store, journal: journal,
        delay: .milliseconds(delay), log: log)
    }
  }
}

/// Where the sample application keeps contexts and messages, and where it logs.
enum SampleBackend {
  /// The store of the option, else of `REDIS_URL`, which applications use, else in memory.
  static func store(
    redis: String?, inMemory: Bool, timeout: Duration = ContextConnections.standardTimeout
  ) throws -> SampleStore {
    let lifetimes = try ContextOptions().lifetimes
    if inMemory { return .memory(lifetimes) }
    if let redis {
      return .redis(
        ContextLocation(address: try ContextServerOptions().address(redis, of: "--redis")), lifetimes, timeout: timeout)
    }
    guard let variable = SystemOptions.variable("REDIS_URL") else { return .memory(lifetimes) }
    return .redis(
      ContextLocation(address: try ContextServerOptions().address(variable, of: "REDIS_URL")), lifetimes,
      timeout: timeout)
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
    case .redis(let location, _, _): location.description
    }
  }

  /// Lines contain keys, and keys contain what users sent.
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

import Conversations
import Flags
import Glibc
import Reactor
import Redis
import Synchronization
import TestSupport
import Testing

/// A server with both layouts on it, and a look at what they wrote.
struct StoreFixture {
  let server: RedisServer
  let place: ContextLocation

  init(_ options: RedisServerOptions = RedisServerOptions()) throws {
    server = try RedisServer(options)
    place = ContextLocation(address: try RedisAddress(parsing: server.address()))
  }

  func connections(milliseconds: UInt64 = 2_000, count: Int = 8) -> ContextConnections {
    ContextConnections(place, name: "tests", count: count, timeout: .milliseconds(milliseconds))
  }

  func store(
    _ cohort: Cohort, lifetimes: ContextLifetimes = ContextLifetimes(), over connections: ContextConnections? = nil
  ) -> any ContextStore {
    let connections = connections ?? self.connections()
    return cohort == .legacy
      ? LegacyStore(connections, lifetimes: lifetimes) : UnifiedStore(connections, lifetimes: lifetimes)
  }

  func look() throws -> Look { Look(try place.connect(as: "look")) }

  /// A connection for a test's own commands.
  final class Look {
    private var connection: RedisConnection

    init(_ connection: consuming RedisConnection) { self.connection = connection }

    @discardableResult
    func callAsFunction(_ words: RedisWord...) throws -> RedisReply { try connection.command(words) }

    @discardableResult
    func callAsFunction(_ words: [String]) throws -> RedisReply { try connection.command(words.map { RedisWord($0) }) }

    func text(_ key: String) throws -> String? { try self("GET", RedisWord(key)).text }
    func put(_ key: String, _ text: String) throws { try self("SET", RedisWord(key), RedisWord(text)) }
    func remaining(_ key: String) throws -> Int? { try self("PTTL", RedisWord(key)).integer }
  }
}

extension Context {
  var texts: [String] { history.map { $0.content.text ?? "?" } }
  var stateText: String { String(decoding: state, as: UTF8.self) }
  var keys: [String] {
    id == key ? [key] : [owner.currentKey] + ConversationPart.allCases.map { "\(key):\($0.rawValue)" }
  }
}

extension ContextStore {
  /// A message whose text is the number.
  func appendUserMessage(_ number: Int, from owner: ContextOwner = ContextOwner(.client, "42")) throws -> Context {
    try appendUserMessage(Message(.user, "\(number)", at: number), from: owner)
  }

  /// The error of hearing something.
  func failure(from owner: ContextOwner = ContextOwner(.client, "42")) -> ContextError? {
    do throws(ContextError) {
      _ = try appendUserMessage(Message(.user, "Hello", at: 1), from: owner)
      return nil
    } catch { return error }
  }
}

/// Runs `body` with the numbers from 0 on so many threads at once, and waits for all. Threads of their own: calls of the
/// stores block, and the threads of tasks are few.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
  let failures = Mutex<[any Error]>([])
  let threads = try (0..<count).map { number in
    try WorkerThread(name: "test") {
      do { try body(number) } catch { failures.withLock { $0.append(error) } }
    }
  }
  for thread in threads { thread.join() }
  if let error = failures.withLock({ $0.first }) { throw error }
}

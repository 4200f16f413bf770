import Redis
import TestSupport
import Testing

@Suite(.startsPrograms) struct FaultTests {
  @Test("A stopped server is given up on at the deadline; afterwards the connection is closed")
  func stopped() throws {
    let server = try RedisServer()
    var redis = try connect(server.address())
    server.stop()
    var error: RedisError?
    let taken = milliseconds {
      error = failure { () throws(RedisError) in try redis.command("PING", timeoutNanoseconds: 300_000_000) }
    }
    #expect(error == .timedOut(place: redis.place, milliseconds: 300))
    #expect(taken >= 300)
    #expect(taken < 1_000)
    server.continue()
    #expect(failure { () throws(RedisError) in try redis.command("PING") } == .closed(place: redis.place))
    let isOpen = redis.isOpen
    #expect(!isOpen)
  }

  @Test("Opening a connection to a stopped server ends at the deadline, too")
  func stoppedBefore() throws {
    let server = try RedisServer()
    server.stop()
    var error: RedisError?
    let taken = try milliseconds { error = try openingError(server.address(), milliseconds: 300) }
    #expect(error == .timedOut(place: server.address(), milliseconds: 300))
    #expect(taken >= 300)
    #expect(taken < 1_000)
  }

  @Test("A killed server closes the connection; started again it is the same place, with or without its data")
  func killed() throws {
    var options = RedisServerOptions()
    options.appendOnly = true
    let server = try RedisServer(options)
    var redis = try connect(server.address())
    try redis.command("SET", "key", "kept")
    server.kill()
    #expect(failure { () throws(RedisError) in try redis.command("PING") } == .closed(place: redis.place))
    guard case .unreachable? = try openingError(server.address()) else { throw RedisError.closed(place: "unreachable") }
    try server.restart()
    redis = try connect(server.address())
    #expect(try redis.command("GET", "key").text == "kept")
    try server.restart(keepingData: false)
    redis = try connect(server.address())
    #expect(try redis.command("GET", "key") == .null)
  }

  @Test("A connection that the server kills is closed")
  func clientKill() throws {
    let server = try RedisServer()
    var redis = try connect(server.address())
    let number = try redis.command("CLIENT", "ID").integer ?? 0
    #expect(try server.cli("CLIENT", "KILL", "ID", "\(number)") == "1")
    #expect(failure { () throws(RedisError) in try redis.command("PING") } == .closed(place: redis.place))
  }

  @Test("A server with too many clients is heard out")
  func tooManyClients() throws {
    let server = try RedisServer()
    var first = try connect(server.address())
    try first.command("CONFIG", "SET", "maxclients", "1")
    #expect(try openingError(server.address()) == .refused("ERR max number of clients reached"))
  }

  @Test("When a pipeline is cut off, an error before the cut is not taken for the answer")
  func cutPipeline() throws {
    let server = try FakeServer(pieces: [Array("-WRONGTYPE x\r\n".utf8)], staysOpen: false)
    var redis = try connect(server.address)
    let error = failure { () throws(RedisError) in _ = try redis.pipeline([["GET", "a"], ["GET", "b"]]) }
    #expect(error == .closed(place: redis.place))
  }

  @Test("A value up to the bound is read, a larger one is not")
  func bound() throws {
    let server = try RedisServer()
    var redis = try connect(server.address(), replyLimit: 100_000)
    // "$99990\r\n" and "\r\n" make 10 bytes.
    try redis.command("SETRANGE", "key", 99_989, "x")
    #expect(try redis.command("GET", "key").value?.count == 99_990)
    try redis.command("APPEND", "key", "x")
    let error = failure { () throws(RedisError) in try redis.command("GET", "key") }
    #expect(error == .tooLarge(place: redis.place, limit: 100_000))
    let isOpen = redis.isOpen
    #expect(!isOpen)
  }

  @Test("Where nobody listens, the place and the reason are said")
  func unreachable() throws {
    let port = try FreePort.take()
    let refused = try openingError("redis://:secret@127.0.0.1:\(port)")
    #expect(refused == .unreachable(place: "redis://:***@127.0.0.1:\(port)/0", reason: "connect: Connection refused"))
    let socket = try openingError("unix:/nonexistent/redis.sock")
    #expect(socket?.description.contains("No such file or directory") == true)
    guard case .unreachable? = try openingError("redis://no.such.host.invalid") else {
      Issue.record("a name that does not exist is reachable")
      return
    }
  }
}

import Redis
import TestSupport
import Testing

@Suite(.startsPrograms) struct CommandTests {
  @Test("Replies of every kind come as they are, over TCP and over a unix socket", arguments: [false, true])
  func replies(unixSocket: Bool) throws {
    var options = RedisServerOptions()
    options.unixSocket = unixSocket
    let server = try RedisServer(options)
    var redis = try connect(server.address())
    let value: [UInt8] = [0, 13, 10, 255, 36]
    #expect(try redis.command("SET", "key", RedisWord(value)) == .status("OK"))
    #expect(try redis.command("GET", "key") == .bytes(value))
    #expect(try redis.command("GET", "none") == .null)
    #expect(try redis.command("STRLEN", "key") == .integer(5))
    #expect(try redis.command("HSET", "h", "a", "1", "b", "").integer == 2)
    #expect(try redis.command("HGETALL", "h") == values("a", "1", "b", ""))
    #expect(try redis.command("HGETALL", "h").pairs?["a"]?.integer == 1)
    #expect(try redis.command("HGETALL", "none") == .array([]))
    #expect(try redis.command("CLIENT", "GETNAME").text == "tests")
  }

  @Test("An error of the server is thrown with its code, and the connection goes on")
  func refused() throws {
    let server = try RedisServer()
    var redis = try connect(server.address())
    let error = failure { () throws(RedisError) in try redis.command("NOSUCH") }
    #expect(error?.code == "ERR")
    try redis.command("SET", "text", "x")
    #expect(failure { () throws(RedisError) in try redis.command("HGET", "text", "f") }?.code == "WRONGTYPE")
    #expect(try redis.command("PING") == .status("PONG"))
  }

  @Test("A pipeline gives one reply for each command; errors are replies")
  func pipeline() throws {
    let server = try RedisServer()
    var redis = try connect(server.address())
    let replies = try redis.pipeline([["SET", "n", "1"], ["HGET", "n", "f"], ["INCRBY", "n", 41], ["GET", "n"]])
    #expect(replies.count == 4)
    #expect(replies[0] == .status("OK"))
    #expect(replies[2] == .integer(42))
    #expect(replies[1].failure?.hasPrefix("WRONGTYPE") == true)
    #expect(replies[3].integer == 42)
    #expect(try redis.pipeline([]) == [])
  }

  @Test("Large commands and replies cross each other without waiting for one another")
  func largePipeline() throws {
    let server = try RedisServer()
    var redis = try connect(server.address())
    let value = RedisWord([UInt8](repeating: 7, count: 1 << 20))
    let replies = try redis.pipeline(
      Array(repeating: ["ECHO", value], count: 30), timeoutNanoseconds: 10_000_000_000)
    #expect(replies.count == 30)
    #expect(replies.allSatisfy { $0.value?.count == 1 << 20 })
  }

  @Test("A script is sent when the server does not have it, and called by its digest otherwise")
  func script() throws {
    let server = try RedisServer()
    var redis = try connect(server.address())
    let script = RedisScript("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
    #expect(try redis.command("SCRIPT", "LOAD", RedisWord(script.source)).text == script.digest)
    for round in 1...4 {
      if round == 3 { try redis.command("SCRIPT", "FLUSH") }
      let reply = try redis.script(script, keys: ["n"], arguments: ["v"])
      #expect(reply.elements?.last == .integer(round))
      #expect(reply.elements?[1].text == "v")
    }
    let calls = try server.cli("INFO", "commandstats")
    #expect(calls.contains("cmdstat_eval:calls=1,"))
    #expect(calls.contains("cmdstat_evalsha:calls=4,"))
    #expect(failure { () throws(RedisError) in try redis.script(RedisScript("return x("), keys: []) }?.code == "ERR")
  }

  @Test("The database of the address is selected; one that does not exist is refused")
  func databases() throws {
    let server = try RedisServer()
    var third = try connect(server.address(database: 3))
    try third.command("SET", "where", "3")
    #expect(try server.cli("-n", "3", "GET", "where") == "3")
    #expect(try server.cli("GET", "where") == "")
    #expect(try openingError(server.address(database: 99)) == .refused("ERR DB index is out of range"))
  }

  @Test("Messages of a channel come without a command, and none is no message")
  func messages() throws {
    let server = try RedisServer()
    var redis = try connect(server.address())
    try redis.send("SUBSCRIBE", "news")
    let confirmation = try redis.awaitMessage()
    #expect(confirmation?.elements?.first?.text == "subscribe")
    #expect(try redis.nextMessage() == nil)
    for text in ["one", "two"] { try server.cli("PUBLISH", "news", text) }
    #expect(try redis.awaitMessage() == values("message", "news", "one"))
    #expect(try redis.awaitMessage() == values("message", "news", "two"))
    #expect(try redis.nextMessage() == nil)
    server.kill()
    #expect(failure { () throws(RedisError) in _ = try redis.nextMessage() } == .closed(place: redis.place))
  }
}

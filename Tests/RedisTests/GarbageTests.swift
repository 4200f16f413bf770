import Redis
import TestSupport
import Testing

@Suite struct GarbageTests {
  private static func outcome(_ text: String, staysOpen: Bool = false) throws -> Result<RedisReply, RedisError> {
    let server = try FakeServer(pieces: [Array(text.utf8)], staysOpen: staysOpen)
    var redis = try connect(server.address)
    do throws(RedisError) { return .success(try redis.command("GET", "x", timeoutNanoseconds: 2_000_000_000)) } catch {
      return .failure(error)
    }
  }

  @Test(
    "What is no RESP2 is a protocol fault",
    arguments: [
      "hello\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", ":12x\r\n", ":99999999999999999999\r\n", "$-7\r\n", "$x\r\n\r\n",
      "*x\r\n", "*-2\r\n", "*99999999999\r\n", "\u{0}\u{0}\r\n", "%1\r\n+a\r\n+b\r\n",
      String(repeating: "*1\r\n", count: 12) + ":1\r\n", "+OK\r\n+more\r\n",
    ])
  func malformed(text: String) throws {
    guard case .failure(.protocolError(_, let reason)) = try Self.outcome(text, staysOpen: true) else {
      Issue.record("taken for a reply: \(text)")
      return
    }
    #expect(!reason.isEmpty)
  }

  @Test(
    "A reply that announces more than the bound is not waited for",
    arguments: ["*2147483647\r\n", "*1400000\r\n", "*2\r\n:1\r\n*2000000000\r\n"])
  func hugeArrays(text: String) throws {
    guard case .failure(.tooLarge(_, 4_194_304)) = try Self.outcome(text, staysOpen: true) else {
      Issue.record("taken for a reply: \(text)")
      return
    }
  }

  @Test(
    "A reply that ends early is the end of the connection",
    arguments: ["", "+OK", "$5\r\nab", "*2\r\n:1\r\n", "$999999999999\r\nabc", "$9223372036854775807\r\nabc", "-ERR"])
  func truncated(text: String) throws {
    guard case .failure(.closed) = try Self.outcome(text) else {
      Issue.record("taken for a reply: \(text)")
      return
    }
  }

  @Test("Without end, a huge value is too large once the bound is passed, and a line is as well")
  func endless() throws {
    let filler = [UInt8](repeating: 65, count: 40_000)
    for start in ["$999999999999\r\n", "+"] {
      let server = try FakeServer(pieces: [Array(start.utf8)] + Array(repeating: filler, count: 30))
      var redis = try connect(server.address, replyLimit: 1_000_000)
      let error = failure { () throws(RedisError) in try redis.command("GET", "x") }
      #expect(error == .tooLarge(place: redis.place, limit: 1_000_000))
    }
  }

  @Test("A nested reply is the same in whatever pieces it comes")
  func splits() throws {
    let text = "*4\r\n$5\r\nab\r\nc\r\n*3\r\n:-7\r\n$-1\r\n*0\r\n-ERR no\r\n*-1\r\n"
    let expected: RedisReply = .array([
      .bytes(Array("ab\r\nc".utf8)), .array([.integer(-7), .null, .array([])]), .error("ERR no"), .null,
    ])
    var generator = SeededGenerator(named: "splits")
    for round in 0..<12 {
      var rest = Array(text.utf8)[...]
      var pieces: [[UInt8]] = []
      while !rest.isEmpty {
        let count = round == 0 ? 1 : Int.random(in: 1...9, using: &generator)
        pieces.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      let server = try FakeServer(pieces: pieces)
      var redis = try connect(server.address)
      #expect(try redis.command("GET", "x") == expected)
    }
  }

  @Test("Arrays are read up to eight deep, and deeper is a fault", arguments: [7, 8, 9])
  func depth(_ depth: Int) throws {
    let text = String(repeating: "*1\r\n", count: depth) + ":1\r\n"
    let nested = (0..<depth).reduce(RedisReply.integer(1)) { inner, _ in .array([inner]) }
    switch try Self.outcome(text, staysOpen: true) {
    case .success(let reply): #expect(depth <= 8 && reply == nested)
    case .failure(let error): #expect(depth > 8 && error.description.contains("depth"))
    }
  }

  @Test("Random bytes are a reply or an error, never the end of the program")
  func random() throws {
    var generator = SeededGenerator(named: "random replies")
    let alphabet = Array("+-:$*0123456789\r\n\r\n".utf8)
    for _ in 0..<60 {
      let noise = (0..<Int.random(in: 1...200, using: &generator)).map { _ in alphabet.randomElement(using: &generator)!
      }
      let server = try FakeServer(pieces: [noise], staysOpen: false)
      var redis = try connect(server.address)
      _ = failure { () throws(RedisError) in try redis.command("GET", "x") }
    }
  }

  @Test("A greeting that is garbage is a protocol fault with the place")
  func greeting() throws {
    let server = try FakeServer(greeting: "SSH-2.0-OpenSSH_9.2\r\n", pieces: [])
    guard case .protocolError(let place, _)? = try openingError(server.address) else {
      Issue.record("taken for Redis")
      return
    }
    #expect(place == server.address + "/0")
  }
}

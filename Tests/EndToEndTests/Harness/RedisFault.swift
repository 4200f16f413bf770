import TestSupport
import Testing

/// Something that happens to a Redis server, how it is told, and how it ends.
struct RedisFault: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var options = RedisServerOptions()
  /// In the status and in the log while it lasts; none: it is over at once.
  var words: [String] = []
  var seconds: Double?
  var strike: @Sendable (RedisServer) throws -> Void
  var mend: @Sendable (RedisServer) throws -> Void = { _ in }

  static let all = [
    killed, emptied, garbage, noObject, huge, wrongType, passwordChanged, noRight, clientsKilled, loadedAnew,
  ]

  private static let killed = RedisFault(
    testDescription: "killed", options: withData,
    words: ["cannot connect to redis://127.0.0.1:", "that Redis runs there"],
    strike: { $0.kill() }, mend: { try $0.restart() })

  private static let emptied = RedisFault(
    testDescription: "started again without its data", words: ["its data were lost", "turnout set"],
    strike: { try $0.restart(keepingData: false) })

  private static let garbage = RedisFault(
    testDescription: "garbage", words: [RedisStage.flag, "found banana", "expected"],
    strike: { try $0.cli("SET", RedisStage.flag, "banana") })

  private static let noObject = RedisFault(
    testDescription: "an object with a mistake", words: [RedisStage.flag, "percentage", "found 101"],
    strike: { try $0.cli("SET", RedisStage.flag, #"{"percentage": 101}"#) })

  private static let huge = RedisFault(
    testDescription: "100 MiB", words: ["found 104857600 bytes", "expected at most 1048576"],
    strike: { try $0.cli("SETRANGE", RedisStage.flag, "104857599", "x") })

  /// In one step: a flag that is gone for a moment is a change.
  private static let wrongType = RedisFault(
    testDescription: "a list", words: ["no string", "redis-cli DEL \(RedisStage.flag)"],
    strike: { server in
      try server.cli("LPUSH", "list", "x")
      try server.cli("RENAME", "list", RedisStage.flag)
    })

  private static let passwordChanged = RedisFault(
    testDescription: "another password", words: ["NOAUTH", "Check the user and the password"],
    strike: { server in
      try server.cli("CONFIG", "SET", "requirepass", "new")
      try server.cli(["--no-auth-warning", "-a", "new", "CLIENT", "KILL", "TYPE", "normal"])
    },
    mend: { try $0.cli(["--no-auth-warning", "-a", "new", "CONFIG", "SET", "requirepass", ""]) })

  private static let noRight = RedisFault(
    testDescription: "no right to read", words: ["NOPERM", "ACL SETUSER"],
    strike: { try $0.cli("ACL", "SETUSER", "default", "-exists") },
    mend: { try $0.cli("ACL", "SETUSER", "default", "+exists") })

  private static let clientsKilled = RedisFault(
    testDescription: "CLIENT KILL",
    strike: { server in
      for _ in 0..<5 { try server.killClients() }
    })

  private static let loadedAnew = RedisFault(
    testDescription: "DEBUG RELOAD", options: debuggable,
    strike: { try $0.cli("DEBUG", "RELOAD") })

  private static var withData: RedisServerOptions {
    var options = RedisServerOptions()
    options.appendOnly = true
    return options
  }

  private static var debuggable: RedisServerOptions {
    var options = RedisServerOptions()
    options.more = ["--enable-debug-command", "yes"]
    return options
  }
}

extension RedisServer {
  /// Every connection but that of redis-cli itself.
  func killClients() throws {
    for type in ["normal", "pubsub"] { try cli("CLIENT", "KILL", "TYPE", type) }
  }
}

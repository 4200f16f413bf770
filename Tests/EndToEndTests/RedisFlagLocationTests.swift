import Foundation
import TestSupport
import Testing

@Suite("Flags are found wherever the address and the settings say", .ownThread)
struct RedisPlaceTests {
  @Test("A socket, a user with a password of special characters, a database and a prefix, all at once")
  func everything() throws {
    var options = RedisServerOptions()
    options.unixSocket = true
    options.users = ["ann@work on >p:/?#%@ü ~* &* +@all"]
    let server = try RedisServer(options)
    let credentials = "ann%40work:p%3A%2F%3F%23%25%40%C3%BC"
    let stage = try RedisStage(
      server, value: "7", place: server.address(credentials: credentials, database: 3),
      settings: "flag_store: { key_prefix: \"shop:\" }")
    try stage.expect(0)
    try server.cli("-n", "3", "SET", RedisStage.flag, "8")
    try server.cli("SET", "shop:" + RedisStage.flag, "9")
    try server.cli("-n", "3", "SET", "shop:" + RedisStage.flag, "42")
    try stage.expect(42)
    let keys = try server.cli("-n", "3", "KEYS", "*").split(separator: "\n")
    #expect(keys.contains("shop:turnout:audit"))
    #expect(keys.allSatisfy { $0 == RedisStage.flag[...] || $0.hasPrefix("shop:") })
    let shown = "unix://ann@work:***@\(server.socketPath)?db=3"
    #expect(try stage.status().flagSource.path == shown)
    #expect(stage.proxy.log.contains(shown))
  }

  @Test("TLS with the CA that signed the server's certificate")
  func tls() throws {
    let certificates = try Certificates()
    let stage = try stage(certificates, trusting: certificates.authority)
    try stage.expect(50)
    let load = try SteadyLoad(stage.proxy.port)
    try stage.server.killClients()
    load.expectEither()
    try stage.set("100")
    try stage.expect(100)
    load.expectAll(in: "unified")
    stage.expectUnharmed(load)
  }

  @Test("TLS with another CA, or a file that is none: told what to do, and served on", arguments: [true, false])
  func untrusted(_ isCA: Bool) throws {
    let other = try Certificates()
    let stage = try stage(try Certificates(), trusting: isCA ? other.authority : other.key)
    try stage.expect(0, valid: false)
    try stage.expectTold(
      isCA
        ? ["the certificate of \"127.0.0.1\" is not trusted", "Give the CA file that signed it"]
        : ["cannot use the CA file \"\(other.key)\"", "certificates in PEM form"])
    #expect(try stage.client().get(user: "uma").text == "legacy")
  }

  @Test("Clear text to a port that expects TLS: told")
  func clearText() throws {
    var options = RedisServerOptions()
    options.tls = try Certificates()
    let server = try RedisServer(options)
    let stage = try RedisStage(server, place: "redis://127.0.0.1:\(server.port)/0")
    try stage.expectTold(["rediss://"])
  }

  private func stage(_ certificates: Certificates, trusting file: String) throws -> RedisStage {
    var options = RedisServerOptions()
    options.tls = certificates
    return try RedisStage(
      try RedisServer(options), settings: "flag_store: { ca_file: \"\(file)\" }")
  }

  @Test(
    "The environment's value counts as long as nobody has stored the flag",
    arguments: [
      ("true", 100.0, nil), ("false", 0, nil), ("25", 25, nil),
      ("garbage", 0, "environment variable UNIFIED_CONVERSATION_ENABLED"), ("", 0, nil),
    ])
  func environment(_ value: String, _ percentage: Double, _ complaint: String?) throws {
    let stage = try RedisStage(value: nil, environment: [RedisStage.flag: value])
    try stage.expect(percentage)
    #expect(stage.proxy.log.contains("environment variable") == (complaint != nil))
    if let complaint {
      #expect(stage.proxy.log.contains(complaint))
      #expect(stage.proxy.log.contains("until it is stored, the flag is off"))
    }
    #expect(try stage.server.cli("EXISTS", RedisStage.flag) == "0", "an initial value is not stored")
    try stage.set("40")
    try stage.expect(40)
  }

  @Test("A user who may only read decides by what is there, and nothing of it counts twice")
  func readOnly() throws {
    var options = RedisServerOptions()
    options.users = ["reader on >r ~* &* +@read +@connection +@pubsub +@transaction"]
    let server = try RedisServer(options)
    let stage = try RedisStage(server, place: server.address(credentials: "reader:r"))
    try stage.expect(50)
    let generation = try stage.proxy.metric("turnout_flag_generation")
    pause(.milliseconds(2_500))
    #expect(try stage.proxy.metric("turnout_flag_generation") == generation, "\(stage.proxy.log)")
    try stage.set("60")
    try stage.expect(60)
  }
}

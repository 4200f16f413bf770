import Redis
import TestSupport
import Testing

@Suite(.startsPrograms) struct CredentialTests {
  @Test("The password of `default` is asked for: right, wrong, missing")
  func password() throws {
    var options = RedisServerOptions()
    options.password = "open sesame"
    let server = try RedisServer(options)
    var redis = try connect(server.address(credentials: ":open%20sesame"))
    #expect(try redis.command("PING") == .status("PONG"))
    let wrong = try openingError(server.address(credentials: ":guess"))
    #expect(wrong?.code == "WRONGPASS")
    #expect(wrong?.description.contains("Check the user and the password") == true)
    #expect(try openingError(server.address(credentials: "nobody:open%20sesame"))?.code == "WRONGPASS")
    let missing = try openingError("redis://127.0.0.1:\(server.port)")
    #expect(missing?.code == "NOAUTH")
  }

  @Test("A user with few rights is let in, and refused what is not allowed")
  func user() throws {
    var options = RedisServerOptions()
    options.users = ["reader on >secret ~flags:* +get +select"]
    let server = try RedisServer(options)
    try server.cli("SET", "flags:a", "1")
    var redis = try connect(server.address(credentials: "reader:secret"))
    #expect(try redis.command("GET", "flags:a").text == "1")
    #expect(failure { () throws(RedisError) in try redis.command("SET", "flags:a", "2") }?.code == "NOPERM")
    #expect(failure { () throws(RedisError) in try redis.command("GET", "other") }?.code == "NOPERM")
  }

  @Test("A server that does not know AUTH does not make us show the password")
  func renamed() throws {
    var options = RedisServerOptions()
    options.more = ["--rename-command", "AUTH", ""]
    let server = try RedisServer(options)
    let error = try openingError(server.address(credentials: ":secret"))
    #expect(error?.code == "ERR")
    #expect(error?.description.contains("secret") == false)
  }
}

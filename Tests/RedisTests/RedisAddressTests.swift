import Redis
import Testing

@Suite struct RedisAddressTests {
  struct Good: Sendable, CustomTestStringConvertible {
    let text: String
    let endpoint: RedisAddress.Endpoint
    var usesTLS = false
    var user: String?
    var password: String?
    var database = 0
    let shown: String
    var testDescription: String { shown }
  }

  static let good: [Good] = [
    Good(text: "redis://localhost", endpoint: .tcp(host: "localhost", port: 6379), shown: "redis://localhost:6379/0"),
    Good(
      text: "redis://10.0.0.7:7000/", endpoint: .tcp(host: "10.0.0.7", port: 7000), shown: "redis://10.0.0.7:7000/0"),
    Good(text: "redis://[::1]", endpoint: .tcp(host: "::1", port: 6379), shown: "redis://[::1]:6379/0"),
    Good(
      text: "redis://[fe80::1%eth0]:1/2", endpoint: .tcp(host: "fe80::1%eth0", port: 1), database: 2,
      shown: "redis://[fe80::1%eth0]:1/2"),
    Good(
      text: "rediss://ann:pass@cache:6380/3", endpoint: .tcp(host: "cache", port: 6380), usesTLS: true, user: "ann",
      password: "pass", database: 3, shown: "rediss://ann:***@cache:6380/3"),
    Good(
      text: "redis://:pass@cache", endpoint: .tcp(host: "cache", port: 6379), password: "pass",
      shown: "redis://:***@cache:6379/0"),
    Good(
      text: "redis://a%3Ab:p%40s%2Fs%25%C3%A9@cache", endpoint: .tcp(host: "cache", port: 6379), user: "a:b",
      password: "p@s/s%é", shown: "redis://a:b:***@cache:6379/0"),
    Good(
      text: "redis://u:p@q@cache", endpoint: .tcp(host: "cache", port: 6379), user: "u", password: "p@q",
      shown: "redis://u:***@cache:6379/0"),
    Good(
      text: "redis://u:@cache", endpoint: .tcp(host: "cache", port: 6379), user: "u", password: "",
      shown: "redis://u:***@cache:6379/0"),
    Good(text: "unix:/run/redis.sock", endpoint: .unix(path: "/run/redis.sock"), shown: "unix:/run/redis.sock?db=0"),
    Good(
      text: "unix:/run/redis.sock?db=15", endpoint: .unix(path: "/run/redis.sock"), database: 15,
      shown: "unix:/run/redis.sock?db=15"),
    Good(
      text: "unix://u:p@/run/redis.sock?db=1", endpoint: .unix(path: "/run/redis.sock"), user: "u", password: "p",
      database: 1, shown: "unix://u:***@/run/redis.sock?db=1"),
  ]

  @Test("An address is understood, and shown without its password", arguments: good)
  func understood(_ expected: Good) throws {
    let address = try RedisAddress(parsing: expected.text)
    #expect(address.endpoint == expected.endpoint)
    #expect(address.usesTLS == expected.usesTLS)
    #expect(address.user == expected.user)
    #expect(address.password == expected.password)
    #expect(address.database == expected.database)
    #expect("\(address)" == expected.shown)
    #expect(String(reflecting: address) == expected.shown)
  }

  static let bad: [(String, RedisAddressError)] = [
    ("", .scheme(nil)), ("localhost", .scheme(nil)), ("localhost:6379", .scheme(nil)),
    ("redis:localhost", .scheme(nil)),
    ("http://localhost", .scheme("http")), (":secret@host", .scheme(nil)), ("user:secret@host", .scheme(nil)),
    ("redis://", .host("")), ("redis:///3", .host("")), ("redis://:6379", .host("")), ("redis://a b", .host("a b")),
    ("redis://::1", .host("::1")), ("redis://[::1", .host("[::1")), ("redis://[]", .host("")),
    ("redis://[::1]6379", .host("[::1]6379")), ("redis://h:", .port("")), ("redis://h:0", .port("0")),
    ("redis://h:65536", .port("65536")), ("redis://h:+1", .port("+1")), ("redis://h/x", .database("x")),
    ("redis://h/-1", .database("-1")), ("redis://h/1/", .database("1/")),
    ("redis://h/4294967296", .database("4294967296")),
    ("redis://h?db=1", .query("db=1")), ("redis://h/1?x", .query("x")), ("redis://h#f", .query("f")),
    ("redis://ann@h", .incompleteCredentials), ("redis://:@h", .incompleteCredentials),
    ("redis://@h", .incompleteCredentials), ("redis://:se/cret@h", .unencodedCredentials),
    ("redis://:se?cret@h", .unencodedCredentials), ("redis://:se%cret@h", .unencodedCredentials),
    ("redis://:se%FFcret@h", .unencodedCredentials), ("unix:", .path("")), ("unix:redis.sock", .path("redis.sock")),
    ("unix://host/redis.sock", .path("host/redis.sock")), ("unix:/s?db=", .database("")),
    ("unix:/s?x=1", .query("x=1")),
  ]

  @Test("What is wrong with an address is said, with what to do", arguments: bad)
  func refused(text: String, fault: RedisAddressError) throws {
    #expect(throws: fault) { try RedisAddress(parsing: text) }
    #expect(fault.description.contains("expected"))
    #expect(fault.description.contains(". "))
    #expect(!fault.description.contains("cret"))
  }

  @Test("A path longer than the kernel takes is a fault")
  func longPath() throws {
    let path = "/" + String(repeating: "s", count: 106)
    #expect(try RedisAddress(parsing: "unix:" + path).endpoint == .unix(path: path))
    #expect(throws: RedisAddressError.path(path + "s")) { try RedisAddress(parsing: "unix:" + path + "s") }
  }
}

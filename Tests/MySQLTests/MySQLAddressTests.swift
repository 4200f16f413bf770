import MySQL
import Testing

@Suite("Addresses of MySQL")
struct MySQLAddressTests {
  struct Good: Sendable, CustomTestStringConvertible {
    let text: String
    let endpoint: MySQLAddress.Endpoint
    var user = "shop"
    var password: String? = "pass"
    var database: String? = "chat"
    var encryption = MySQLAddress.Encryption.off
    let shown: String
    var testDescription: String { shown }
  }

  static let good: [Good] = [
    Good(
      text: "mysql://shop:pass@db/chat", endpoint: .tcp(host: "db", port: 3306), shown: "mysql://shop:***@db:3306/chat"),
    Good(
      text: "mariadb://shop:pass@[::1]:13306/chat", endpoint: .tcp(host: "::1", port: 13_306),
      shown: "mysql://shop:***@[::1]:13306/chat"),
    Good(
      text: "mysql://shop@10.0.0.7", endpoint: .tcp(host: "10.0.0.7", port: 3306), password: nil, database: nil,
      shown: "mysql://shop@10.0.0.7:3306"),
    Good(
      text: "mysql://a%40b:p%2F%3F%23%25%3A%C3%A9@db/my%20shop", endpoint: .tcp(host: "db", port: 3306), user: "a@b",
      password: "p/?#%:é", database: "my shop", shown: "mysql://a@b:***@db:3306/my shop"),
    Good(
      text: "mysql://shop:p@q@db/chat", endpoint: .tcp(host: "db", port: 3306), password: "p@q",
      shown: "mysql://shop:***@db:3306/chat"),
    Good(
      text: "mysql://shop:pass@localhost/chat?socket=/run/mysqld/mysqld.sock",
      endpoint: .unix(path: "/run/mysqld/mysqld.sock"),
      shown: "mysql://shop:***@localhost/chat?socket=/run/mysqld/mysqld.sock"),
    Good(
      text: "mysql://shop:pass@db/chat?tls=on&tls-ca=/etc/ca%20shop.pem", endpoint: .tcp(host: "db", port: 3306),
      encryption: .verified(authorities: "/etc/ca shop.pem"), shown: "mysql://shop:***@db:3306/chat"),
    Good(
      text: "mysql://shop:pass@db/chat?tls=on", endpoint: .tcp(host: "db", port: 3306),
      encryption: .verified(authorities: nil), shown: "mysql://shop:***@db:3306/chat"),
    Good(
      text: "mysql://shop:pass@db/chat?serverVersion=8.0.32&charset=utf8mb4&tls=unverified",
      endpoint: .tcp(host: "db", port: 3306), encryption: .unverified,
      shown: "mysql://shop:***@db:3306/chat"),
  ]

  @Test("An address is understood, and shown without its password", arguments: good)
  func understood(_ expected: Good) throws {
    let address = try MySQLAddress(parsing: expected.text)
    #expect(address.endpoint == expected.endpoint)
    #expect(address.user == expected.user)
    #expect(address.password == expected.password)
    #expect(address.database == expected.database)
    #expect(address.encryption == expected.encryption)
    #expect("\(address)" == expected.shown)
    #expect(String(reflecting: address) == expected.shown)
  }

  static let bad: [(String, MySQLAddressError)] = [
    ("", .scheme), ("db/chat", .scheme), ("http://shop:secret@db", .scheme), ("mysql:shop:secret@db", .scheme),
    ("mysql://db/chat", .noUser), ("mysql://:secret@db/chat", .noUser), ("mysql://shop:se/cret@db", .unencoded),
    ("mysql://shop:se%zzcret@db", .unencoded), ("mysql://shop:se%00cret@db", .unencoded),
    ("mysql://shop@", .host("")), ("mysql://shop@d b", .host("d b")), ("mysql://shop@::1", .host("::1")),
    ("mysql://shop@db:0", .port("0")), ("mysql://shop@db:70000", .port("70000")), ("mysql://shop@db:x", .port("x")),
    ("mysql://shop@db/a/b", .database), ("mysql://shop@db/%zz", .database),
    ("mysql://shop@db/chat?socket=run", .socket("run")), ("mysql://shop@db/chat?tls=maybe", .tls("maybe")),
    ("mysql://shop@db/chat?tls-ca=/ca", .unusedAuthorities), ("mysql://shop@db/chat?pool=3", .query("pool=3")),
    ("mysql://shop@db/chat#x", .query("#x")),
  ]

  @Test("What is wrong is said, and never the password", arguments: bad)
  func refused(_ text: String, _ fault: MySQLAddressError) {
    #expect(throws: fault) { try MySQLAddress(parsing: text) }
    #expect(!fault.description.contains("secret"))
    #expect(!fault.description.isEmpty)
  }
}

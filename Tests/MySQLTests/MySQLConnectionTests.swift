import Foundation
import MySQL
import TestSupport
import Testing

@Suite("A connection to a real MariaDB", .serialized, .startsPrograms)
struct MySQLConnectionTests {
  private func open(_ text: String, seconds: Int = 5) throws -> MySQLConnection {
    try MySQLConnection.open(MySQLAddress(parsing: text), seconds: seconds)
  }

  private func texts(_ rows: [[[UInt8]?]]) -> [[String?]] {
    rows.map { $0.map { $0.map { String(decoding: $0, as: UTF8.self) } } }
  }

  @Test("Values come back as they went in, whatever is in them, and are never read as SQL")
  func values() throws {
    let server = try MariaDBServer()
    var connection = try open(server.address())
    let values = [
      "", "plain", "it's", "\"; DROP TABLE notes; --", "back\\slash\\", "Zürich 🚂 ni\u{301}", "a\0b\n\r\u{1A}", "?",
      "%_",
      String(repeating: "'\\", count: 40_000),
    ]
    for mode in ["", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES"] {
      try connection.execute("SET SESSION sql_mode = \(mode)")
      try connection.execute(
        "CREATE OR REPLACE TABLE notes (id INT, text MEDIUMTEXT, bytes BLOB) DEFAULT CHARSET utf8mb4")
      let all: [UInt8] = Array(0...255)
      for (id, text) in values.enumerated() {
        #expect(try connection.execute("INSERT INTO notes VALUES (\(id), \(text), \(MySQLValue.bytes(all)))") == 1)
        let rows = try connection.rows("SELECT text, bytes FROM notes WHERE id = \(id) AND text = \(text)")
        #expect(rows == [[Array(text.utf8), all]])
      }
    }
    try connection.execute("INSERT INTO notes VALUES (\(-7), \(MySQLValue.null), \(MySQLValue.bytes([])))")
    #expect(try connection.rows("SELECT * FROM notes WHERE id < 0") == [[Array("-7".utf8), nil, []]])
    #expect(try connection.execute("UPDATE notes SET bytes = \("x") WHERE id >= \(0)") == values.count)
    #expect(try server.sql("SELECT text FROM notes WHERE id = 5") == values[5])
  }

  @Test("Many statements in one round trip, each with its rows; an error ends the batch, not the connection")
  func several() throws {
    let server = try MariaDBServer()
    var connection = try open(server.address(options: "?socket=" + server.socketPath))
    var found: [Int: [String]] = [:]
    let queries = (0..<300).map { MySQLQuery("SELECT seq FROM mysql.seq_1_to_3 WHERE seq <= \($0 % 4)") }
    try connection.execute("USE mysql")
    try connection.forEachRow(ofEach: queries) { index, row in
      found[index, default: []].append(String(decoding: row[0] ?? [], as: UTF8.self))
    }
    for index in 0..<300 {
      #expect(found[index, default: []] == (1...3).prefix(index % 4).map { "\($0)" })
    }
    #expect(throws: MySQLError.self) {
      try connection.forEachRow(ofEach: ["SELECT 1", "SELECT nonsense", "SELECT 3"]) { _, _ in }
    }
    let isOpen = connection.isOpen
    #expect(isOpen)
    #expect(try texts(connection.rows("SELECT \("still here")")) == [["still here"]])
    #expect(throws: MySQLError.self) { try connection.execute("NONSENSE") }
    #expect(
      try texts(connection.rows("SELECT @@session.time_zone, @@character_set_client")) == [["+00:00", "utf8mb4"]])
  }

  @Test("A large result is not held: the rows pass by one by one")
  func streaming() throws {
    let server = try MariaDBServer()
    var connection = try open(server.address())
    let before = try residentBytes()
    var (count, bytes) = (0, 0)
    try connection.forEachRow(of: "SELECT seq, REPEAT('x', 2000) FROM seq_1_to_100000") { row in
      count += 1
      bytes += row[1]?.count ?? 0
    }
    #expect(count == 100_000)
    #expect(bytes == 200_000_000)
    // 200 MB went by.
    #expect(try residentBytes() - before < 50_000_000)
  }

  private func residentBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" })[1])) * 1_024
  }

  @Test("Who is let in, what is known: each refusal has its name and its advice")
  func refusals() throws {
    let server = try MariaDBServer(["--max-allowed-packet=1M"])
    try server.sql("CREATE USER ann@'127.0.0.1' IDENTIFIED BY 'p@ss/w:rd'; GRANT SELECT ON shop.* TO ann@'127.0.0.1'")
    var ann = try open(server.address(credentials: "ann:p%40ss%2Fw%3Ard"))
    #expect(try texts(ann.rows("SELECT CURRENT_USER()")) == [["ann@127.0.0.1"]])
    func error(_ body: () throws -> Void) -> MySQLError? {
      do {
        try body()
        return nil
      } catch { return error as? MySQLError }
    }
    let wrong = error { _ = try open(server.address(credentials: "ann:wrong")) }
    guard case .accessDenied(let place, _) = wrong else { return record(wrong) }
    #expect(place == "mysql://ann:***@127.0.0.1:\(server.port)/shop")
    let database = error { _ = try open(server.address(database: "nowhere")) }
    guard case .unknownDatabase = database else { return record(database) }
    var root = try open(server.address())
    let table = error { _ = try root.rows("SELECT * FROM nothing") }
    guard case .unknownTable = table else { return record(table) }
    let column = error { _ = try root.rows("SELECT nothing FROM mysql.user") }
    guard case .unknownColumn = column else { return record(column) }
    let insert = error { try ann.execute("CREATE TABLE mine (id INT)") }
    guard case .accessDenied = insert else { return record(insert) }
    let isOpen = root.isOpen
    #expect(isOpen)
    let large = error { try root.execute("SELECT LENGTH(\(String(repeating: "x", count: 2 << 20)))") }
    #expect(large != nil)
    #expect(large?.endsConnection == true)
    #expect(error { _ = try root.rows("SELECT 1") } == .gone(place: "mysql://root@127.0.0.1:\(server.port)/shop"))
    for found in [wrong, database, table, column, insert].compactMap(\.self) {
      #expect(!found.description.contains("p@ss"))
      #expect(found.description.contains(". "))
    }
  }

  private func record(_ error: MySQLError?) { Issue.record("another error: \(String(describing: error))") }

  @Test("A server that is not there, stopped, or gone midway is told apart, each in time")
  func faults() throws {
    let server = try MariaDBServer()
    let nobody = try FreePort.take()
    #expect { _ = try open("mysql://root@127.0.0.1:\(nobody)/shop") } throws: { isUnreachable($0) }
    #expect { _ = try open("mysql://root@no-such-host.invalid/shop") } throws: { isUnreachable($0) }
    #expect { _ = try open("mysql://root@localhost/shop?socket=/nowhere/x.sock") } throws: { isUnreachable($0) }
    let place = "mysql://root@127.0.0.1:\(server.port)/shop"

    var waiting = try open(server.address(), seconds: 1)
    let clock = ContinuousClock()
    let time = clock.measure {
      #expect(throws: MySQLError.timedOut(place: place, seconds: 1)) { try waiting.execute("SELECT SLEEP(30)") }
    }
    #expect(time < .seconds(5))
    server.stop()
    #expect(throws: MySQLError.timedOut(place: place, seconds: 1)) { _ = try open(server.address(), seconds: 1) }
    server.continue()

    var midway = try open(server.address())
    var rows = 0
    #expect(throws: MySQLError.gone(place: place)) {
      try midway.forEachRow(of: "SELECT REPEAT('x', 1000) FROM seq_1_to_1000000") { _ in
        rows += 1
        if rows == 1_000 { server.kill() }
      }
    }
    #expect(rows >= 1_000)
    #expect(rows < 1_000_000)
    #expect(throws: MySQLError.gone(place: place)) { try midway.execute("SELECT 1") }
    try server.restart()
    var again = try open(server.address())
    #expect(try texts(again.rows("SELECT 1")) == [["1"]])
  }

  private func isUnreachable(_ error: any Error) -> Bool {
    if case .unreachable? = error as? MySQLError { true } else { false }
  }

  @Test("Over TLS only with a server that proves who it is")
  func encrypted() throws {
    let certificates = try Certificates()
    let server = try MariaDBServer(tls: certificates)
    let authority = certificates.authority
    for (options, isEncrypted) in [("?tls=on&tls-ca=" + authority, true), ("?tls=unverified", true), ("", false)] {
      var connection = try open(server.address(options: options))
      let cipher = try texts(connection.rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'"))[0][1]
      #expect((cipher != "") == isEncrypted, "\(options)")
    }
    #expect { _ = try open(server.address(options: "?tls=on")) } throws: { isInsecure($0) }
    let other = try Certificates(names: ["DNS:elsewhere"])
    #expect { _ = try open(server.address(options: "?tls=on&tls-ca=" + other.authority)) } throws: { isInsecure($0) }
    let elsewhere = try MariaDBServer(tls: other)
    #expect { _ = try open(elsewhere.address(options: "?tls=on&tls-ca=" + other.authority)) } throws: {
      isInsecure($0)
    }
    let plain = try MariaDBServer()
    for options in ["?tls=unverified", "?tls=on", "?tls=on&tls-ca=" + authority] {
      #expect { _ = try open(plain.address(options: options)) } throws: { isInsecure($0) }
    }
  }

  private func isInsecure(_ error: any Error) -> Bool {
    if case .insecure? = error as? MySQLError { true } else { false }
  }
}

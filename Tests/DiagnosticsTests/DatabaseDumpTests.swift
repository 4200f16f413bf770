import Diagnostics
import Foundation
import MySQL
import TestSupport
import Testing

@Suite("The dump of MySQL", .startsPrograms)
struct DatabaseDumpTests {
  private func dump(_ address: String, _ folder: TemporaryFolder, seconds: Double = 30) throws -> CheckOutcome {
    let dump = DatabaseDump(
      try MySQLAddress(parsing: address), folder: BackupFolder(folder.path), timeout: .seconds(seconds))
    return finding(dump.check)
  }

  @Test("is whole, for its owner alone, and each failure of the server says what to do")
  func server() throws {
    let server = try MariaDBServer()
    _ = try server.sql(
      "CREATE TABLE messages (id INT, text TEXT); INSERT INTO messages VALUES (1, 'hello there');"
        + "CREATE USER 'dump'@'%' IDENTIFIED BY 'se\"cret #1'; GRANT ALL ON shop.* TO 'dump'@'%';")
    let folder = try TemporaryFolder()
    let found = try dump(server.address(credentials: "dump:se%22cret%20%231"), folder)
    #expect(found.status == .pass, "\(found)")
    #expect(folder.names.count == 1, "\(folder.names)")
    #expect(folder.names[0].hasPrefix("mysql-shop-"), "\(folder.names)")
    let text = String(decoding: try folder.bytes(folder.names[0]), as: UTF8.self)
    #expect(text.contains("hello there"))
    #expect(text.contains("-- Dump completed"))

    let other = try TemporaryFolder()
    expectFailed(
      try dump(server.address(credentials: "dump:wrong"), other), found: "1045",
      advice: "Check the user and the password")
    #expect(other.names.isEmpty, "\(other.names)")
    // A beginning was written: it is kept, and named.
    let partial = try TemporaryFolder()
    expectFailed(
      try dump(server.address(credentials: "dump:se%22cret%20%231", database: "none"), partial), found: "104",
      advice: ".sql.part")
    #expect(partial.names.count == 1, "\(partial.names)")
    #expect(partial.names[0].hasSuffix(".sql.part"), "\(partial.names)")
    server.stop()
    expectFailed(
      try dump(server.address(credentials: "dump:se%22cret%20%231"), other, seconds: 0.5),
      found: "not finished within 500 ms",
      advice: "--timeout")
    server.continue()
    server.kill()
    expectFailed(try dump(server.address(), other), found: "2002", advice: "that MySQL runs there. Nothing was written")
    #expect(other.names.isEmpty, "\(other.names)")
  }

  @Test("is not passed when it was not asked for")
  func notAsked() { #expect(finding(DatabaseDump.notAsked).status == .notAsked) }
}

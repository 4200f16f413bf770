import Foundation
import MySQL
import TestSupport
import Testing

@Suite("The logins of MySQL 8 (caching_sha2_password)", .serialized, .startsPrograms)
struct CachingSHA2Tests {
  private func login(
    _ server: MySQL8Server, password: String = MySQL8Server.password, _ options: String = ""
  ) throws -> String {
    let address = try MySQLAddress(parsing: server.address(password: password, options: options))
    var connection = try MySQLConnection.open(address, seconds: 10)
    return try connection.rows("SELECT \"how\"").map { String(decoding: $0[0] ?? [], as: UTF8.self) }.joined()
  }

  private func error(_ body: () throws -> String) -> MySQLError? {
    do {
      Issue.record("logged in: \(try body())")
      return nil
    } catch { return error as? MySQLError }
  }

  @Test("Without TLS, the password goes encrypted by the server's key the first time, and as a hash then")
  func plain() throws {
    let server = try MySQL8Server()
    #expect(try login(server) == "full, plain")
    #expect(try login(server) == "fast, plain")
    let wrong = error { try login(server, password: "wrong") }
    guard case .accessDenied(_, let reason) = wrong else { return record(wrong) }
    #expect(reason.contains("Access denied for user 'ann'"))
    let again = try MySQL8Server()
    guard case .accessDenied = error({ try login(again, password: "wrong") }) else { return record(nil) }
  }

  @Test("Over TLS, the password goes through the encrypted connection the first time, and as a hash then")
  func encrypted() throws {
    let certificates = try Certificates()
    let server = try MySQL8Server(tls: certificates)
    let verified = "?tls=on&tls-ca=" + certificates.authority
    #expect(try login(server, verified) == "full, encrypted")
    #expect(try login(server, verified) == "fast, encrypted")
    #expect(try login(server, "?tls=unverified") == "fast, encrypted")
    #expect(try login(server) == "fast, plain")
    guard case .accessDenied = error({ try login(server, password: "wrong", verified) }) else { return record(nil) }
    let stranger = try MySQL8Server(tls: Certificates(names: ["DNS:elsewhere"]))
    guard case .insecure = error({ try login(stranger, verified) }) else { return record(nil) }
  }

  private func record(_ error: MySQLError?) { Issue.record("another error: \(String(describing: error))") }
}

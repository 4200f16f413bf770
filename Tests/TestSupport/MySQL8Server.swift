import Foundation

/// A server that logs users in as MySQL 8 does (`caching_sha2_password`) and answers each query with one row: `full` or
/// `fast`, and `plain` or `encrypted`. Debian has no MySQL 8; Tests/MySQL8/caching_sha2_server.py plays its login.
package final class MySQL8Server {
  package let port: Int
  private let folder: TemporaryFolder
  private let program: Program

  /// Of the only user, `ann`. Longer than the nonce that hides it, and with characters of addresses.
  package static let password = "p@ss/w:rd longer than the nonce"

  package init(tls: Certificates? = nil) throws {
    folder = try TemporaryFolder()
    let (key, place, log) = (folder.file("rsa.pem"), folder.file("port"), folder.file("log"))
    try Program(
      "/usr/bin/openssl", ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key], log: log
    ).wait()
    let program = try Program(
      "/usr/bin/python3",
      ["\(Repository.root)/Tests/MySQL8/caching_sha2_server.py", place, "ann", Self.password, key]
        + (tls.map { [$0.certificate, $0.key] } ?? []), log: log)
    self.program = program
    for _ in 0..<800 where program.isRunning {
      if let text = try? String(contentsOfFile: place, encoding: .utf8), let port = Int(text) {
        self.port = port
        return
      }
      usleep(25_000)
    }
    throw SetupError((try? String(contentsOfFile: log, encoding: .utf8)) ?? "the server of MySQL 8 wrote nothing")
  }

  package func address(password: String = MySQL8Server.password, options: String = "") -> String {
    let encoded = password.utf8.map { String(format: "%%%02X", $0) }.joined()
    return "mysql://ann:\(encoded)@127.0.0.1:\(port)/shop\(options)"
  }
}

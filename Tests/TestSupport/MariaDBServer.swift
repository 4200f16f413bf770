import Foundation

/// A real mariadbd for a test, on a free port of 127.0.0.1 and a unix socket, with data of its own in a temporary folder and
/// an empty database `shop`. It answers when the initialiser returns, and is killed and removed with its owner. For one
/// thread at a time.
///
/// `root` has no password and all rights, on the socket and on 127.0.0.1.
package final class MariaDBServer {
  package private(set) var port: UInt16 = 0
  private let folder: TemporaryFolder
  private let more: [String]
  private var program: Program?
  private var outputs = 0

  /// - Parameter more: further words of the command line, `["--max-allowed-packet=1M"]` for instance.
  package init(tls: Certificates? = nil, _ more: [String] = []) throws {
    folder = try TemporaryFolder()
    var words = more
    if let tls { words += ["--ssl-cert=\(tls.certificate)", "--ssl-key=\(tls.key)", "--ssl-ca=\(tls.authority)"] }
    self.more = words
    try install()
    try launch { try FreePort.take() }
    try sql("CREATE DATABASE shop", in: "mysql")
  }

  /// Of `root`, over TCP; the user and password of someone else stand in `credentials`.
  package func address(credentials: String = "root", database: String = "shop", options: String = "") -> String {
    "mysql://\(credentials)@127.0.0.1:\(port)/\(database)\(options)"
  }

  package var socketPath: String { folder.file("mysql.sock") }
  package var log: String { (try? String(contentsOfFile: folder.file("mariadb.log"), encoding: .utf8)) ?? "" }

  /// Ends it at once, as a crash does.
  package func kill() { program?.end() }
  /// It keeps its connections and does nothing, as an overloaded or suspended machine does.
  package func stop() { program?.send(SIGSTOP) }
  package func `continue`() { program?.send(SIGCONT) }

  /// Starts it again at the same place, with its data.
  package func restart() throws {
    program?.end()
    try launch { port }
  }

  /// Statements through the mariadb client as `root`; its output, tab-separated and without names of columns.
  @discardableResult
  package func sql(_ statements: String, in database: String = "shop") throws -> String {
    outputs += 1
    let output = folder.file("sql-\(outputs)")
    let input = folder.file("sql-\(outputs).sql")
    try statements.write(toFile: input, atomically: true, encoding: .utf8)
    try Program(
      "/usr/bin/mariadb",
      [
        "--no-defaults", "--user=root", "--socket=\(socketPath)", "--default-character-set=utf8mb4", "-N",
        "--execute=source \(input)", database,
      ], log: output
    ).wait()
    let text = try String(contentsOfFile: output, encoding: .utf8).trimmingCharacters(in: .newlines)
    guard !text.hasPrefix("ERROR"), !text.contains("\nERROR ") else {
      throw SetupError("\(statements.prefix(200)): \(text)")
    }
    return text
  }

  /// The tables of the server itself.
  private func install() throws {
    let output = folder.file("install.log")
    try Program(
      "/usr/bin/mariadb-install-db", common + ["--auth-root-authentication-method=normal", "--skip-test-db"],
      log: output
    ).wait()
    guard FileManager.default.fileExists(atPath: folder.file("data/mysql")) else {
      throw SetupError("mariadb-install-db: \((try? String(contentsOfFile: output, encoding: .utf8)) ?? "")")
    }
  }

  /// The smallest log keeps the folder small. A server that starts removes the temporary tables of others from the folder
  /// that it shares with them. mariadbd refuses to be root unless told.
  private var common: [String] {
    ["--no-defaults", "--datadir=\(folder.file("data"))", "--tmpdir=\(folder.path)", "--innodb-log-file-size=4M"]
      + (geteuid() == 0 ? ["--user=root"] : [])
  }

  /// Up to five times: most probably someone took the port meanwhile.
  private func launch(on choose: () throws -> UInt16) throws {
    for attempt in 1... {
      port = try choose()
      do { return try start() } catch {
        program?.end()
        if attempt == 5 { throw error }
      }
    }
  }

  /// Waits up to twenty seconds for it to answer.
  private func start() throws {
    let program = try Program(
      "/usr/sbin/mariadbd",
      common + [
        "--socket=\(socketPath)", "--pid-file=\(folder.file("pid"))", "--bind-address=127.0.0.1", "--port=\(port)",
        "--skip-log-bin", "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=2",
        "--performance-schema=OFF",
      ] + more, log: folder.file("mariadb.log"))
    self.program = program
    for _ in 0..<400 where program.isRunning {
      if let found = try? sql("SELECT @@port", in: "mysql"), found == "\(port)" { return }
      usleep(50_000)
    }
    throw SetupError("mariadbd does not answer on port \(port): \(log.suffix(2_000))")
  }
}

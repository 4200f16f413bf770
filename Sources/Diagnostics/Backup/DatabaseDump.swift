internal import Bytes
internal import FlagStore
internal import Glibc
package import MySQL
internal import Reactor

/// The guide's `mysqldump`, in one transaction: it blocks no client and is consistent. Its last line shows that it is
/// complete: `-- Dump completed`.
///
/// The password is passed in the environment, which only the owner can read; never in the arguments.
package struct DatabaseDump: Sendable {
  package var address: MySQLAddress
  package var folder: BackupFolder
  package var timeout: Duration

  package init(_ address: MySQLAddress, folder: BackupFolder, timeout: Duration) {
    self.address = address
    self.folder = folder
    self.timeout = timeout
  }

  /// For a preflight without an address.
  package static let notAsked = DiagnosticCheck("MySQL dump") { _ in
    .notAsked("not asked", advice: "Give --mysql mysql://USER:PASSWORD@HOST/DATABASE and --backups FOLDER.")
  }

  package var check: DiagnosticCheck {
    DiagnosticCheck("MySQL dump", timeout: timeout) { deadline throws(CheckError) in try dump(deadline) }
  }

  private func dump(_ deadline: Deadline) throws(CheckError) -> CheckOutcome {
    guard let program = ChildProcess.find(["mariadb-dump", "mysqldump"]) else {
      return .fail(
        "neither mariadb-dump nor mysqldump is installed here",
        advice: "Install mariadb-client (Debian), or run preflight on a machine that has it.")
    }
    let name = folder.name("mysql-\(fileName)", "sql", at: Timestamp.nowSeconds())
    let target = try folder.create(name)
    let child = try ChildProcess.run(
      program, arguments, environment: address.password.map { ["MYSQL_PWD": $0] } ?? [:], output: target, deadline)
    let bytes = (try? target.status()).map { Int($0.st_size) } ?? 0
    guard child.hasSucceeded else { return failed(child, name, bytes) }
    guard Self.hasEndMark(name + ".part") else {
      return .fail(
        "the dump does not end with \"-- Dump completed\"",
        advice:
          "It is incomplete: \(name).part, \(NumberText.bytes(bytes)). Is the disk full? Free space and try again.")
    }
    try folder.finish(name, target)
    return .pass("\(name), \(NumberText.bytes(bytes))")
  }

  /// The database's name with `_` for characters that are unsafe in a file name.
  private var fileName: String {
    String((address.database ?? "all").map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  private func failed(_ child: ChildProcess, _ name: String, _ bytes: Int) -> CheckOutcome {
    var part = "The partial dump: \(name).part, \(NumberText.bytes(bytes))."
    if bytes == 0 {
      System.remove(name + ".part")
      part = "Nothing was written."
    }
    if child.isTimedOut {
      return .fail(
        "not finished within \(NumberText.elapsed(nanoseconds: timeout.nanoseconds))",
        advice: "Allow more time with --timeout. \(part)")
    }
    let reason =
      child.errorOutput.split(whereSeparator: \.isNewline).last.map(String.init) ?? "it exited without an error message"
    return .fail("\(address): \(reason)", advice: "\(Self.advice(reason)) \(part)")
  }

  private static func advice(_ reason: String) -> String {
    if reason.contains("1045") || reason.contains("1044") {
      return "Check the user and the password; the user needs SELECT, SHOW VIEW, TRIGGER and LOCK TABLES."
    }
    if reason.contains("1049") { return "Check the name of the database." }
    if reason.contains("2002") || reason.contains("2003") || reason.contains("2005") {
      return "Check the address, and that MySQL runs there."
    }
    return "Repair that and try again."
  }

  private var arguments: [String] {
    // No option file is read: it might suppress the mark at the end.
    var words = ["--no-defaults", "--user=\(address.user)", "--single-transaction", "--quick", "--comments"]
    words += ["--no-tablespaces", "--default-character-set=utf8mb4"]
    switch address.endpoint {
    case .tcp(let host, let port): words += ["--protocol=tcp", "--host=\(host)", "--port=\(port)"]
    case .unix(let path): words += ["--protocol=socket", "--socket=\(path)"]
    }
    switch address.encryption {
    case .off: break
    // The options of MariaDB's and MySQL's programs differ; with --loose- each ignores the other's.
    case .verified(let authorities):
      words += ["--loose-ssl", "--loose-ssl-verify-server-cert", "--loose-ssl-mode=VERIFY_IDENTITY"]
      if let authorities { words.append("--ssl-ca=\(authorities)") }
    case .unverified: words += ["--loose-ssl", "--loose-skip-ssl-verify-server-cert", "--loose-ssl-mode=REQUIRED"]
    }
    return words + (address.database.map { ["--", $0] } ?? ["--all-databases"])
  }

  private static func hasEndMark(_ path: String) -> Bool {
    guard let descriptor = try? Descriptor(opening: path, O_RDONLY), let status = try? descriptor.status() else {
      return false
    }
    var tail = [UInt8](repeating: 0, count: 256)
    let count = unsafe pread(descriptor.number, &tail, tail.count, max(0, status.st_size - 256))
    return count > 0 && String(decoding: tail[..<count], as: UTF8.self).contains("\n-- Dump completed")
  }
}

internal import FlagStore
internal import Glibc
package import MySQL
internal import Reactor

/// The guide's `mysqldump`, in one transaction, so that nobody waits and all of it is of one moment. Whether it is whole,
/// its last line says: `-- Dump completed`.
///
/// The password goes to the program in its environment, which its owner alone can read; never in its arguments.
package struct DatabaseDump: Sendable {
  package var address: MySQLAddress
  package var folder: BackupFolder

  package init(_ address: MySQLAddress, folder: BackupFolder) {
    self.address = address
    self.folder = folder
  }

  /// For a preflight that was given no address.
  package static let notAsked = Check("MySQL dump") { _ in
    .notAsked("not asked", advice: "Give --mysql mysql://USER:PASSWORD@HOST/DATABASE and --backups FOLDER.")
  }

  package func check(limitNanoseconds: UInt64) -> Check {
    Check("MySQL dump", limitNanoseconds: limitNanoseconds) { limit throws(CheckFault) in try dump(limit) }
  }

  private func dump(_ limit: TimeLimit) throws(CheckFault) -> CheckOutcome {
    guard let program = ChildProgram.find(["mariadb-dump", "mysqldump"]) else {
      return .fail(
        "neither mariadb-dump nor mysqldump is installed here",
        advice: "Install mariadb-client (Debian), or run preflight on a machine that has it.")
    }
    let name = folder.name("mysql-\(fileName)", "sql", at: Timestamp.nowSeconds())
    let target = try folder.create(name)
    let child = try ChildProgram.run(
      program, arguments, environment: address.password.map { ["MYSQL_PWD": $0] } ?? [:], output: target, limit)
    let bytes = (try? target.status()).map { Int($0.st_size) } ?? 0
    guard child.hasSucceeded else { return failed(child, name, bytes, limit) }
    guard Self.hasEndMark(name + ".part") else {
      return .fail(
        "the dump does not end with \"-- Dump completed\"",
        advice: "It is not whole: \(name).part, \(Amount.bytes(bytes)). Is the disk full? Make room and try again.")
    }
    try folder.finish(name, target)
    return .pass("\(name), \(Amount.bytes(bytes))")
  }

  /// Of the database, with nothing that a file's name cannot have.
  private var fileName: String {
    String((address.database ?? "all").map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  private func failed(_ child: ChildProgram, _ name: String, _ bytes: Int, _ limit: TimeLimit) -> CheckOutcome {
    var part = "What there is of it: \(name).part, \(Amount.bytes(bytes))."
    if bytes == 0 {
      System.remove(name + ".part")
      part = "Nothing was written."
    }
    if child.isOverdue {
      return .fail(
        "not done within \(Amount.time(nanoseconds: limit.allowedNanoseconds))",
        advice: "Give it more time with --timeout. \(part)")
    }
    let reason = child.complaints.split(whereSeparator: \.isNewline).last.map(String.init) ?? "it said nothing"
    return .fail("\(address): \(reason)", advice: "\(Self.advice(reason)) \(part)")
  }

  private static func advice(_ reason: String) -> String {
    if reason.contains("1045") || reason.contains("1044") {
      return "Check user and password; the user needs SELECT, SHOW VIEW, TRIGGER and LOCK TABLES."
    }
    if reason.contains("1049") { return "Check the name of the database." }
    if reason.contains("2002") || reason.contains("2003") || reason.contains("2005") {
      return "Check the address, and that MySQL runs there."
    }
    return "Mend that and try again."
  }

  private var arguments: [String] {
    // No file of settings is read: one might leave out the mark at the end.
    var words = ["--no-defaults", "--user=\(address.user)", "--single-transaction", "--quick", "--comments"]
    words += ["--no-tablespaces", "--default-character-set=utf8mb4"]
    switch address.endpoint {
    case .tcp(let host, let port): words += ["--protocol=tcp", "--host=\(host)", "--port=\(port)"]
    case .unix(let path): words += ["--protocol=socket", "--socket=\(path)"]
    }
    switch address.encryption {
    case .off: break
    // MariaDB's program and MySQL's call it by different names; each passes over the other's.
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

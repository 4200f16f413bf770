import Configuration
import Glibc

/// Who runs the command, as it is signed: `anna@edge-1`.
enum Author {
  /// Where a change comes from, for the audit trail: `cli on edge-1, ssh from 10.0.0.7`.
  static var origin: String {
    let connection = unsafe getenv("SSH_CONNECTION").map { unsafe String(cString: $0) }
    // SSH_CONNECTION: the client's address and port, ours and our port.
    let client = connection?.split(separator: " ").first.map {
      ", ssh from \(Console.printable(String($0.prefix(64))))"
    }
    return "cli on \(HostName.text)\(client ?? "")"
  }

  static var text: String { "\(user)@\(HostName.text)" }

  /// Behind sudo, the one who called sudo.
  private static var user: String {
    if let name = unsafe getenv("SUDO_USER"), unsafe name.pointee != 0 { return unsafe String(cString: name) }
    if let entry = unsafe getpwuid(geteuid()) { return unsafe String(cString: entry.pointee.pw_name) }
    return "uid \(geteuid())"
  }
}

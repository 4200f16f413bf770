import Configuration
import Glibc

/// Who runs the command, as it is signed: `anna@edge-1`.
enum Author {
  static var text: String { "\(user)@\(HostName.text)" }

  /// Behind sudo, the one who called sudo.
  private static var user: String {
    if let name = unsafe getenv("SUDO_USER"), unsafe name.pointee != 0 { return unsafe String(cString: name) }
    if let entry = unsafe getpwuid(geteuid()) { return unsafe String(cString: entry.pointee.pw_name) }
    return "uid \(geteuid())"
  }
}

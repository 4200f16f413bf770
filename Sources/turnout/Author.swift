import Glibc

/// Who runs the command, as it is signed: `anna@edge-1`.
enum Author {
  static var text: String { "\(user)@\(host)" }

  /// Behind sudo, the one who called sudo.
  private static var user: String {
    if let name = unsafe getenv("SUDO_USER"), unsafe name.pointee != 0 { return unsafe String(cString: name) }
    if let entry = unsafe getpwuid(geteuid()) { return unsafe String(cString: entry.pointee.pw_name) }
    return "uid \(geteuid())"
  }

  private static var host: String {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

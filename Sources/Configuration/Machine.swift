import CLinux
import Glibc

/// The name of this machine.
package enum HostName {
  package static var text: String {
    var name = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "unknown" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The host name reduced to what a proxy name may contain.
  static var proxyName: String {
    let visible = String(decoding: text.utf8.filter(Names.isVisible).prefix(64), as: UTF8.self)
    return visible.isEmpty ? "unknown" : visible
  }
}

/// The number of processors that this process may use: `taskset`, a cpuset or systemd's CPUAffinity may limit it.
package enum Processors {
  package static var available: Int {
    min(max(Int(clinux_available_processors()), 1), Ranges.workers.upperBound)
  }
}

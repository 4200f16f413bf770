internal import Glibc

/// The names by which the admin port may be called: localhost, its own, those that the operator adds, and any literal
/// address. Any other name in Host may be one that a stranger made lead here (DNS rebinding); an address leads where it
/// leads, and a page that was loaded from one is a page of ours or of another origin.
package struct AdminHosts: Sendable, Equatable {
  private var names: Set<String> = ["localhost"]

  /// - Parameter host: where the port listens.
  /// - Parameter extra: `admin_hosts`, without ports.
  package init(host: String, extra: [String] = []) {
    for name in [host] + extra { names.insert(Self.name(in: name)) }
  }

  /// Whether a Host field, with or without a port, is one of them.
  package func contains(_ field: String) -> Bool {
    let name = Self.name(in: field)
    return names.contains(name) || Self.isAddress(name)
  }

  /// Without port and brackets, in lower case.
  private static func name(in field: String) -> String {
    let text = field.lowercased()
    if text.hasPrefix("[") { return String(text.dropFirst().prefix { $0 != "]" }) }
    guard text.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1 else { return text }
    return String(text.prefix { $0 != ":" })
  }

  private static func isAddress(_ name: String) -> Bool {
    var (four, six) = (in_addr(), in6_addr())
    return unsafe inet_pton(AF_INET, name, &four) == 1 || inet_pton(AF_INET6, name, &six) == 1
  }
}

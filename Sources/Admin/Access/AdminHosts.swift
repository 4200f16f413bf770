internal import Glibc

/// The names by which the admin port may be called: those of the loopback interface, its own, and those that the
/// operator adds. Any other name in Host may be one that a stranger made lead here (DNS rebinding).
///
/// Where the port listens on all addresses (0.0.0.0, ::), every literal address is right: nobody can make an address
/// lead elsewhere.
package struct AdminHosts: Sendable, Equatable {
  private var names: Set<String> = ["localhost", "127.0.0.1", "::1"]
  private let allowsAddresses: Bool

  /// - Parameter host: where the port listens.
  /// - Parameter extra: `admin_hosts`, without ports.
  package init(host: String, extra: [String] = []) {
    allowsAddresses = host == "0.0.0.0" || host == "::"
    for name in [host] + extra { names.insert(Self.name(in: name)) }
  }

  /// Whether a Host field, with or without a port, is one of them.
  package func contains(_ field: String) -> Bool {
    let name = Self.name(in: field)
    return names.contains(name) || allowsAddresses && Self.isAddress(name)
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

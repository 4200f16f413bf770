/// The TTLs of contexts after the last interaction.
package struct ContextLifetimes: Sendable, Equatable {
  /// Seconds, from 1 to 31 days.
  package var client = standard
  package var admin = standard
  /// Longer during a dialogue, shorter after an isolated interaction; the same for both roles.
  package var adaptive = false

  package static let standard = 1_800
  package static let limits = 1...2_678_400
  /// Adaptive lifetimes in seconds: after an interaction within `pause` of the previous one, and after any other.
  package static let active = 3_600
  package static let inactive = 900
  package static let pause = 300

  package init() {}

  package func seconds(_ role: ContextRole) -> Int { role == .client ? client : admin }

  /// The longest TTL of a context in use, in seconds. A longer one is deliberate.
  package func longest(_ role: ContextRole) -> Int { adaptive ? max(Self.active, seconds(role)) : seconds(role) }

  package struct ParseError: Error, Equatable, CustomStringConvertible {
    var variable: String
    var value: String

    package var description: String {
      variable == "CONTEXT_TTL_ADAPTIVE"
        ? "CONTEXT_TTL_ADAPTIVE is \"\(value)\"; set it to on or off"
        : "\(variable) is \"\(value)\"; set it to a number of seconds from 1 to \(ContextLifetimes.limits.upperBound)"
    }
  }

  /// Reads `CUSTOMER_CONTEXT_TTL` and `ADMIN_CONTEXT_TTL`, with `CONTEXT_TTL` as the default of both, and
  /// `CONTEXT_TTL_ADAPTIVE` (on or off). An empty variable counts as not set.
  ///
  /// - Parameter layout: has the lifetimes of what no variable sets.
  package init(variables: (String) -> String?, layout: Layout? = nil) throws(ParseError) {
    func seconds(_ variable: String) throws(ParseError) -> Int? {
      guard let value = variables(variable), !value.isEmpty else { return nil }
      guard let number = Int(value), Self.limits.contains(number) else {
        throw ParseError(variable: variable, value: value)
      }
      return number
    }
    let common = try seconds("CONTEXT_TTL")
    client = try seconds("CUSTOMER_CONTEXT_TTL") ?? common ?? layout?.roles[.client]?.lifetime ?? Self.standard
    admin = try seconds("ADMIN_CONTEXT_TTL") ?? common ?? layout?.roles[.admin]?.lifetime ?? Self.standard
    switch variables("CONTEXT_TTL_ADAPTIVE") ?? "" {
    case "on", "1", "true": adaptive = true
    case "off", "0", "false", "": adaptive = false
    case let value: throw ParseError(variable: "CONTEXT_TTL_ADAPTIVE", value: value)
    }
  }
}

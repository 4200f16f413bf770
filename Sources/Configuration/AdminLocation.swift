package import Proxy
import Reactor
internal import Suggestions
import YAML

/// The location of one proxy's admin API, for commands that bypass the store. Other errors in the file do not stop them, not
/// even a file that is not YAML as a whole.
package struct AdminLocation: Sendable {
  /// Only the settings of the admin API are valid.
  package let configuration: Configuration
  /// The problems that hide the location.
  package let problems: [ConfigurationProblem]
  /// The number of other problems.
  package let passedOver: Int

  static let keys = ["admin", "admin_socket", "state"]

  package init(file: String?, overrides: Overrides) throws(ConfigurationError) {
    var own = Overrides()
    (own.admin, own.state) = (overrides.admin, overrides.state)
    var (configuration, found) = (Configuration(), [ConfigurationProblem]())
    do throws(ConfigurationError) {
      (configuration, found) = try Self.read(file: file)
    } catch {
      // The file does not matter if the overrides give a location.
      guard own.admin != nil || own.state != nil else { throw error }
      found = error.problems
    }
    let problems = found.filter { Self.key(of: $0).map { $0 != "admin" || own.admin == nil } ?? false }
    self.problems = problems.filter { Self.key(of: $0) != "state" || own.state == nil } + configuration.apply(own)
    passedOver = found.count - problems.count
    self.configuration = configuration
  }

  /// The path of the socket; nil if a problem hides it.
  package var socket: String? {
    problems.contains { ["admin_socket", "state"].contains(Self.key(of: $0)) } ? nil : configuration.adminSocket
  }

  /// The path of the token; nil if a problem hides it.
  package var tokenFile: String? {
    problems.contains { Self.key(of: $0) == "state" } ? nil : configuration.tokenFile
  }

  /// The admin port. Throws the problems that hide it.
  package func port() throws(ConfigurationError) -> Endpoint {
    let hiding = problems.filter { Self.key(of: $0) == "admin" }
    guard hiding.isEmpty else { throw ConfigurationError(hiding) }
    return configuration.admin
  }

  /// The key among `keys` that the problem is about; an unknown key stands for the most similar one.
  private static func key(of problem: ConfigurationProblem) -> String? {
    let key = problem.key
    guard !keys.contains(key) else { return key }
    guard !key.isEmpty, !key.contains(where: { $0 == "." || $0 == "[" }), !DocumentReader.topKeys.contains(key) else {
      return nil
    }
    return Nearest.name(to: key, among: DocumentReader.topKeys).flatMap { keys.contains($0) ? $0 : nil }
  }

  private static func read(file: String?) throws(ConfigurationError) -> (Configuration, [ConfigurationProblem]) {
    guard let file else { return (Configuration(), []) }
    let text = try Configuration.text(of: file)
    do throws(ConfigurationError) {
      return try Configuration.read(text: text, file: file)
    } catch {
      let (configuration, problems) = try Configuration.read(text: ownLines(of: text), file: file)
      return (configuration, problems + error.problems)
    }
  }

  /// The lines that begin with one of `keys`, for a file that is not YAML. The others become empty, so that line numbers stay.
  private static func ownLines(of text: String) -> String {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.map { line in keys.contains { line.hasPrefix("\($0):") } ? line : "" }.joined(separator: "\n")
  }
}

/// The unix socket of the admin API.
package enum AdminSocket: Sendable, Equatable {
  /// `admin.sock` in the state folder.
  case inState
  case path(String)
  case none
}

extension Scalar where Value == AdminSocket {
  static var adminSocket: Scalar {
    Scalar("none, or the path of a socket, of at most 107 bytes") { text in
      if text == "none" { return AdminSocket.none }
      return SocketAddress.unix(path: text) == nil ? nil : .path(text)
    }
  }
}

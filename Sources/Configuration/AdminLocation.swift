package import Proxy
internal import Suggestions

/// Where the admin API of one proxy is: all that commands need which go past the store. What else is wrong in the file
/// does not stop them, not even that it is no YAML as a whole.
package struct AdminLocation: Sendable {
  /// Only what is about the admin API may be taken from it.
  package let configuration: Configuration
  /// What leaves open where that is.
  package let problems: [ConfigurationProblem]
  /// How many other mistakes there are.
  package let passedOver: Int

  static let keys = ["admin", "admin_socket", "state"]

  package init(file: String?, overrides: Overrides) throws(ConfigurationError) {
    var own = Overrides()
    (own.admin, own.state) = (overrides.admin, overrides.state)
    var (configuration, found) = (Configuration(), [ConfigurationProblem]())
    do throws(ConfigurationError) {
      (configuration, found) = try Self.read(file: file)
    } catch {
      // A file that cannot be read is no matter where both places are given.
      guard own.admin != nil || own.state != nil else { throw error }
      found = error.problems
    }
    let problems = found.filter { Self.key(of: $0).map { $0 != "admin" || own.admin == nil } ?? false }
    self.problems = problems.filter { Self.key(of: $0) != "state" || own.state == nil } + configuration.apply(own)
    passedOver = found.count - problems.count
    self.configuration = configuration
  }

  /// The socket, unless it is open where that is.
  package var socket: String? {
    problems.contains { ["admin_socket", "state"].contains(Self.key(of: $0)) } ? nil : configuration.adminSocket
  }

  /// Where the token is, unless that is open.
  package var tokenFile: String? {
    problems.contains { Self.key(of: $0) == "state" } ? nil : configuration.tokenFile
  }

  /// The admin port, or what leaves open where it is.
  package func port() throws(ConfigurationError) -> Endpoint {
    let unclear = problems.filter { Self.key(of: $0) == "admin" }
    guard unclear.isEmpty else { throw ConfigurationError(unclear) }
    return configuration.admin
  }

  /// Which of our keys that problem is about; an unknown key is about the one that was most probably meant.
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
    let text = try FileText.read(file)
    do throws(ConfigurationError) {
      return try Configuration.read(text: text, file: file)
    } catch {
      let (configuration, problems) = try Configuration.read(text: ownLines(of: text), file: file)
      return (configuration, problems + error.problems)
    }
  }

  /// Of a file that is no YAML, the lines that begin with one of our keys; the others are empty, so that numbers stay.
  private static func ownLines(of text: String) -> String {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.map { line in keys.contains { line.hasPrefix("\($0):") } ? line : "" }.joined(separator: "\n")
  }
}

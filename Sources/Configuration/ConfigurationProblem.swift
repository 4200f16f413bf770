/// Where a value comes from, in words that an operator can follow.
package enum Origin: Sendable, Equatable, CustomStringConvertible {
  case file(String, line: Int?)
  case option(String)
  case variable(String)
  case standard

  package var description: String {
    switch self {
    case .file(let name, let line?): "\(name):\(line)"
    case .file(let name, nil): name
    case .option(let name): name
    case .variable(let name): name
    case .standard: "default"
    }
  }
}

/// One thing that is wrong: where, which key, what was found, what was expected.
package struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
  package var origin: Origin
  /// Such as `timeouts.connect` or `routes[1].path`; empty for the file as a whole.
  package var key: String
  package var text: String

  package init(_ origin: Origin, _ key: String, _ text: String) {
    self.origin = origin
    self.key = key
    self.text = text
  }

  /// `turnout.yaml:12: timeouts.connect: found "10", expected ...`; an option or a variable is its own key.
  package var description: String {
    switch origin {
    case .option, .variable: "\(origin): \(text)"
    case .file: key.isEmpty ? "\(origin): \(text)" : "\(origin): \(key): \(text)"
    case .standard: "\(key): \(text)"
    }
  }
}

/// Everything that is wrong with a configuration, in the order of the file.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  package let problems: [ConfigurationProblem]

  package init(_ problems: [ConfigurationProblem]) {
    self.problems = problems.enumerated().sorted { (line(of: $0.1), $0.0) < (line(of: $1.1), $1.0) }.map(\.1)
  }

  /// One problem a line.
  package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// What is in no line comes after what is.
private func line(of problem: ConfigurationProblem) -> Int {
  if case .file(_, let line?) = problem.origin { line } else { Int.max }
}

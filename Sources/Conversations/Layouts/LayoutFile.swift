package import YAML

/// Why a layout cannot be used: all mistakes of the file at once, each with its line, what was found and what was expected.
package struct LayoutError: Error, Equatable, CustomStringConvertible {
  /// The file, or the name of a layout that ships.
  package let file: String
  package let problems: [DocumentProblem]

  init(_ file: String, _ problems: [DocumentProblem]) {
    self.file = file
    self.problems = problems.enumerated().sorted { ($0.1.line ?? .max, $0.0) < ($1.1.line ?? .max, $1.0) }.map(\.1)
  }

  init(_ file: String, line: Int? = nil, _ text: String) {
    self.init(file, [DocumentProblem(line: line, "", text)])
  }

  /// `mine.yaml:12: roles.client.lifetime: found "1h", expected ...`, one line for each problem.
  package var lines: [String] {
    problems.map { problem in
      file + (problem.line.map { ":\($0)" } ?? "") + ": " + (problem.key.isEmpty ? "" : "\(problem.key): ")
        + problem.text
    }
  }

  /// The same, with `origin` in front of what is not about a line of the file.
  package func lines(namedBy origin: String) -> [String] {
    zip(problems, lines).map { $0.line == nil ? "\(origin): \($1)" : $1 }
  }

  package var description: String { lines.joined(separator: "\n") }
}

extension Layout {
  /// The layout in a YAML text (docs/layouts.md), read strictly: what is unknown or makes no sense is an error.
  ///
  /// - Parameter file: the name of the text in errors.
  package init(yaml text: String, file: String) throws(LayoutError) {
    let root: YAMLNode?
    do throws(YAMLError) { root = try YAMLReader.read(text) } catch {
      throw LayoutError(file, line: error.line, error.text)
    }
    guard let root else { throw LayoutError(file, "is empty. Start from one that ships: turnout layout show spec-012") }
    var reader = LayoutReader(file: file)
    let layout = reader.layout(root)
    guard let layout, reader.document.problems.isEmpty else { throw LayoutError(file, reader.document.problems) }
    self = layout
  }
}

/// Limits on a layout: more than any application needs.
enum LayoutLimits {
  static let patterns = 8
  static let patternBytes = 256
  static let required = 64
  static let rows = 256
  static let subMembers = 32
  static let pathNames = 8
  static let nameBytes = 128
  static let templateBytes = 65_536
  static let queryBytes = 8_192
  static let elements = 1...1_000
  static let history = 1...1_000
}

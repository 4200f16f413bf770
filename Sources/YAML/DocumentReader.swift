internal import Suggestions

/// One mistake in a file: which key, what was found, what was expected.
package struct DocumentProblem: Sendable, Equatable {
  /// From 1; nil when it is not known.
  package var line: Int?
  /// Such as `timeouts.connect` or `routes[1].path`; empty for the file as a whole.
  package var key: String
  package var text: String

  package init(line: Int?, _ key: String, _ text: String) {
    self.line = line
    self.key = key
    self.text = text
  }
}

/// A mapping in the file.
package struct Section {
  /// The path of keys to it, with a dot at the end; empty at the top.
  package let prefix: String
  package let line: Int?
  package let values: [String: YAMLNode]
}

/// Reads values from the tree of one file, and collects their lines and all problems. A wrong value is reported and leaves
/// the default in place, so that reading continues.
package struct DocumentReader {
  package let file: String
  package private(set) var problems: [DocumentProblem] = []
  /// The line of each value that was read, by its key.
  package private(set) var lines: [String: Int] = [:]
  /// Older names that are still read, and the names that replace them.
  private let olderNames: [String: String]

  package init(file: String, olderNames: [String: String] = [:]) {
    self.file = file
    self.olderNames = olderNames
  }

  package mutating func report(_ key: String, line: Int?, _ text: String) {
    problems.append(DocumentProblem(line: line, key, text))
  }

  /// The mapping at `key`; nil when there is none. Its keys must be among `known`.
  package mutating func section(_ node: YAMLNode?, at key: String, known: [String]) -> Section? {
    guard let node, !node.isNothing else { return nil }
    guard case .mapping(let pairs) = node.content else {
      report(key, line: node.line, "found \(node.found), expected keys with values: \(known.joined(separator: ", "))")
      return nil
    }
    let prefix = key.isEmpty ? "" : "\(key)."
    var values: [String: YAMLNode] = [:]
    for (name, value) in pairs {
      if case .scalar(let written, _) = name.content, let key = currentName(of: written, known) {
        if values.updateValue(value, forKey: key) != nil {
          report(prefix + written, line: name.line, "\(key) is given under its older name, too; keep \(key)")
        }
      } else {
        reportUnknown(name, prefix: prefix, known: known)
      }
    }
    return Section(prefix: prefix, line: node.line, values: values)
  }

  private func currentName(of written: String, _ known: [String]) -> String? {
    if known.contains(written) { return written }
    return olderNames[written].flatMap { known.contains($0) ? $0 : nil }
  }

  private mutating func reportUnknown(_ name: YAMLNode, prefix: String, known: [String]) {
    guard case .scalar(let key, _) = name.content else {
      return report(String(prefix.dropLast()), line: name.line, "found \(name.found) as a key, expected a name")
    }
    let shown = Found.quoted(key).dropFirst().dropLast()
    let nearest = Nearest.name(to: key, among: known)
    let help = nearest.map { "did you mean \($0)?" } ?? "known here: \(known.joined(separator: ", "))"
    report(prefix + shown, line: name.line, "unknown key; \(help)")
  }

  /// Assigns the value of `name` to `target`, if it is there and valid.
  package mutating func read<Value>(
    _ name: String, of section: Section, as scalar: Scalar<Value>, into target: inout Value
  ) {
    guard let node = section.values[name] else { return }
    if let value = value(of: node, at: section.prefix + name, as: scalar) { target = value }
  }

  package mutating func value<Value>(of node: YAMLNode, at key: String, as scalar: Scalar<Value>) -> Value? {
    guard case .scalar(let text, _) = node.content, !node.isNothing else {
      report(key, line: node.line, "found \(node.found), expected \(scalar.expected)")
      return nil
    }
    guard let value = scalar.parse(text) else {
      report(key, line: node.line, scalar.mismatch(text))
      return nil
    }
    note(key, line: node.line)
    return value
  }

  /// The items of a list; nil when the key is missing or its value is not a list.
  package mutating func items(_ node: YAMLNode?, at key: String, of what: String, atMost limit: Int) -> [YAMLNode]? {
    guard let node else { return nil }
    guard case .list(let items) = node.content else {
      report(key, line: node.line, "found \(node.found), expected a list of \(what)")
      return nil
    }
    guard (1...limit).contains(items.count) else {
      report(key, line: node.line, "found \(items.count) \(what), expected 1 to \(limit)")
      return nil
    }
    note(key, line: node.line)
    return items
  }

  /// The values among `items`, which stand at `key`.
  package mutating func values<Value>(of items: [YAMLNode], at key: String, as scalar: Scalar<Value>) -> [Value] {
    var values: [Value] = []
    for (index, item) in items.enumerated() {
      if let value = value(of: item, at: "\(key)[\(index)]", as: scalar) { values.append(value) }
    }
    return values
  }

  package mutating func note(_ key: String, line: Int) { lines[key] = line }
}

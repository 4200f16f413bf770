internal import Suggestions

/// A mapping of the file that was found where one belongs.
struct Section {
  /// The keys that lead here, with a dot at the end; empty at the top.
  let prefix: String
  let line: Int?
  let values: [String: YAMLNode]
}

/// Walks the tree of one file: takes values out of it, remembers where they stood and collects what is wrong. A value
/// that is wrong leaves the default in place, so that reading goes on.
struct DocumentReader {
  let file: String
  private(set) var problems: [ConfigurationProblem] = []
  private(set) var origins: [String: Origin] = [:]

  init(file: String) { self.file = file }

  mutating func report(_ key: String, line: Int?, _ text: String) {
    problems.append(ConfigurationProblem(.file(file, line: line), key, text))
  }

  /// The mapping at `key`; nil when nothing is there. Its keys must be among `known`.
  mutating func section(_ node: YAMLNode?, at key: String, known: [String]) -> Section? {
    guard let node, !node.isNothing else { return nil }
    guard case .mapping(let pairs) = node.content else {
      report(key, line: node.line, "found \(node.found), expected keys with values: \(known.joined(separator: ", "))")
      return nil
    }
    let prefix = key.isEmpty ? "" : "\(key)."
    var values: [String: YAMLNode] = [:]
    for (name, value) in pairs {
      if case .scalar(let key, _) = name.content, known.contains(key) {
        values[key] = value
      } else {
        reportUnknown(name, prefix: prefix, known: known)
      }
    }
    return Section(prefix: prefix, line: node.line, values: values)
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

  /// Puts the value of `name` into `target`, if there is one and it is right.
  mutating func read<Value>(
    _ name: String, of section: Section, as scalar: Scalar<Value>, into target: inout Value
  ) {
    guard let node = section.values[name] else { return }
    if let value = value(of: node, at: section.prefix + name, as: scalar) { target = value }
  }

  mutating func value<Value>(of node: YAMLNode, at key: String, as scalar: Scalar<Value>) -> Value? {
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

  /// The items of a list; nil when nothing is there or it is none.
  mutating func items(_ node: YAMLNode?, at key: String, of what: String, atMost limit: Int) -> [YAMLNode]? {
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

  mutating func note(_ key: String, line: Int?) { origins[key] = .file(file, line: line) }
}

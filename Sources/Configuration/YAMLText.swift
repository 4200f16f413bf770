import Yams

/// The step from text to Yams' tree, with errors in our own form.
enum YAMLText {
  /// Nil for a file in which nothing is said.
  static func compose(_ text: String, file: String) throws(ConfigurationError) -> Node? {
    do {
      return try Yams.compose(yaml: text, .basic, .default, .utf8)
    } catch let error as YamlError {
      throw ConfigurationError([problem(error, file: file)])
    } catch {
      throw ConfigurationError([ConfigurationProblem(.file(file, line: nil), "", "not valid YAML: \(error)")])
    }
  }

  private static func problem(_ error: YamlError, file: String) -> ConfigurationProblem {
    func at(_ mark: Mark?, _ text: String) -> ConfigurationProblem {
      ConfigurationProblem(.file(file, line: mark?.line), "", text)
    }
    switch error {
    case .scanner(let context, let text, let mark, let yaml),
      .parser(let context, let text, let mark, let yaml):
      return at(mark, "not valid YAML at column \(mark.column): \(text)\(during(context))\(hint(mark, in: yaml))")
    case .composer(context: nil, let text, let mark, _):
      return at(mark, "not valid YAML at column \(mark.column): \(text)")
    case .composer(_, _, let mark, _):
      return at(mark, "a second document begins here, expected one")
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map(Found.quoted).joined(separator: ", ")
      return at(context.mark, "\(names) is given more than once in the same place, first here; keep one")
    case .reader(let text, let offset, _, let yaml):
      let line = offset.map { yaml.prefix($0).count { $0.isNewline } + 1 }
      return ConfigurationProblem(.file(file, line: line), "", "not valid YAML: \(text)")
    default:
      return at(nil, "not valid YAML: \(error)")
    }
  }

  private static func during(_ context: YamlError.Context?) -> String {
    guard let context else { return "" }
    return " \(context.text) that begins in line \(context.mark.line)"
  }

  /// The two mistakes that the parser's own words do not explain.
  private static func hint(_ mark: Mark, in yaml: String) -> String {
    let lines = yaml.split(separator: "\n", maxSplits: mark.line, omittingEmptySubsequences: false)
    guard mark.line >= 1, mark.line <= lines.count else { return "" }
    let line = lines[mark.line - 1]
    if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") { return "; indent with spaces, not with tabs" }
    if line.contains("[::") || line.contains("]:") { return "; an address in brackets needs quotes: \"[::1]:8080\"" }
    return ""
  }
}

import Testing

@testable import YAML

@Suite("A YAML text becomes a tree, or an error with its line")
struct YAMLReaderTests {
  @Test(
    "Values stay the text they are, with their lines",
    arguments: [
      ("a: 1\nb:\n  - x\n  - {c: y}", "1{a=1:1 b=3[3:x 4{c=4:y}]}"),
      ("a: \"1\"\nb: '010'\nc: yes", "1{a=1'1 b=2'010 c=3:yes}"),
      ("a: |\n  one\n  two\nb: >-\n  three\n  four", "1{a=1'one\ntwo\n b=4'three four}"),
      ("a: !!int 5\nb: !secret x", "1{a=1:5 b=2:x}"),
      ("a: &x {c: 1}\nb: *x", "1{a=1{c=1:1} b=1{c=1:1}}"),
      ("a: &x 1\nb: &x 2\nc: *x", "1{a=1:1 b=2:2 c=2:2}"),
      ("<<: {a: 1}\nb: 2", "1{<<=1{a=1:1} b=2:2}"),
      ("\u{FEFF}a: 1", "1{a=1:1}"),
      ("a: 1\r\nb: 2\r\n", "1{a=1:1 b=2:2}"),
      ("%YAML 1.1\n---\na: 1\n...\n", "3{a=3:1}"),
      ("just text", "1:just text"),
      ("? a\n: 1", "1{a=2:1}"),
    ] as [(String, String)])
  func tree(text: String, expected: String) throws {
    #expect(try YAMLReader.read(text).map(dump) == expected)
  }

  @Test("A text without a document is nil", arguments: ["", "\n", "# only a comment\n"])
  func empty(text: String) throws {
    #expect(try YAMLReader.read(text).map(dump) == nil)
  }

  @Test("A key without a value, null and ~ are nothing, but not in quotes", arguments: ["", "~", "null"])
  func nothing(word: String) throws {
    func isNothing(_ value: String) throws -> Bool? {
      guard case .mapping(let pairs)? = try YAMLReader.read("a: \(value)")?.content else { return nil }
      return pairs.first?.value.isNothing
    }
    #expect(try isNothing(word) == true)
    #expect(try isNothing("'\(word)'") == false)
  }

  @Test(
    "What is not one YAML document is an error with its line",
    arguments: [
      ("a:\n  - b\n c: d", 3, "not valid YAML at column 2: did not find expected"),
      ("a:\r\n\tb: 1", 2, "indent with spaces, not with tabs"),
      ("a: 1\nb: \"x\n", 3, "found unexpected end of stream while scanning a quoted scalar that begins in line 2"),
      ("a: [1, 2", 2, "did not find expected ',' or ']'"),
      ("a: 1\nb: 2\na: 3\nb: 4", 1, "\"a\", \"b\" is given more than once in the same place, first here; keep one"),
      ("x:\n  'k': 1\n  k: 2", 2, "\"k\" is given more than once"),
      ("a: 1\n---\nb: 2", 2, "a second document begins here, expected one"),
      ("a: 1\nb: *here", 2, "not valid YAML at column 4: found undefined alias"),
      ("a: &x [*x]", 1, "found undefined alias"),
      ("%YAML 2.0\n---\na: 1", 1, "found incompatible YAML document"),
      ("a: 1\nb: \u{1}", 2, "not valid YAML: control characters are not allowed"),
      ("a: @b", 1, "found character that cannot start any token"),
    ] as [(String, Int, String)])
  func broken(text: String, line: Int, part: String) {
    let error = #expect(throws: YAMLError.self) { try YAMLReader.read(text) }
    #expect(error?.line == line)
    #expect(error?.text.contains(part) == true, "\(error?.text ?? "")")
  }

  @Test("Levels and nodes are limited, each use of an alias counted in full")
  func limits() throws {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    #expect(try YAMLReader.read(nested(YAMLReader.depthLimit)) != nil)
    let deep = #expect(throws: YAMLError.self) { try YAMLReader.read(nested(YAMLReader.depthLimit + 1)) }
    #expect(deep?.text == "found more than 64 levels of lists and keys, expected fewer")
    #expect(throws: YAMLError.self) { try YAMLReader.read(String(repeating: "[", count: 100_000)) }

    func list(_ count: Int) -> String { "[" + Array(repeating: "x", count: count).joined(separator: ",") + "]" }
    #expect(try YAMLReader.read(list(YAMLReader.sizeLimit - 1)) != nil)
    #expect(throws: YAMLError.self) { try YAMLReader.read(list(YAMLReader.sizeLimit)) }

    // Each line is ten times the line before.
    var laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    for level in 1...8 {
      let uses = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",")
      laughs += "a\(level): &a\(level) [\(uses)]\n"
    }
    let error = #expect(throws: YAMLError.self) { try YAMLReader.read(laughs) }
    #expect(error?.line == 5)
    #expect(error?.text == "found more than 100000 values in one place, expected fewer")
  }

  @Test("The position of an error is right in a long file, too")
  func longFile() {
    let text = String(repeating: "# a comment\n", count: 50_000) + "a: [\n"
    let error = #expect(throws: YAMLError.self) { try YAMLReader.read(text) }
    #expect(error?.line == 50_002)
  }

  /// `LINE:plain`, `LINE'quoted`, `LINE[...]`, `LINE{key=...}`
  private func dump(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let text, let isPlain): return "\(node.line)\(isPlain ? ":" : "'")\(text)"
    case .list(let items): return "\(node.line)[\(items.map(dump).joined(separator: " "))]"
    case .mapping(let pairs):
      let members = pairs.map { pair in
        if case .scalar(let name, _) = pair.key.content { "\(name)=\(dump(pair.value))" } else { dump(pair.key) }
      }
      return "\(node.line){\(members.joined(separator: " "))}"
    }
  }
}

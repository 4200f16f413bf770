import Foundation
import TestSupport
import Testing

@Suite("Who may import whom")
struct ImportTests {
  private static let document = """
    | target | one line | imports |
    | --- | --- | --- |
    | CLow, CHigh | C | |
    | Bytes | bytes | |
    | Wire | heads | Bytes, CLow |
    | Redis | a client | Wire, FoundationEssentials |
    """
  private static let manifest = """
    .target(name: "CLow"),
    .target(name: "Bytes", swiftSettings: source),
    .target(name: "Wire", dependencies: ["Bytes", "CLow"], swiftSettings: source),
    .target(
      name: "Redis", dependencies: ["Wire"],
      swiftSettings: source),
    // tests
    .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: strict),
    """
  private static let files = [
    ("Bytes/A.swift", "import Glibc\n"), ("Wire/B.swift", "package import Bytes\nprivate import CLow\n"),
    ("Redis/C.swift", "import Wire\nimport FoundationEssentials\nlet text = \"\"\n"),
  ]

  private func violations(
    document: String = Self.document, manifest: String = Self.manifest, more: (String, String)? = nil
  ) -> [String] {
    ImportRules(
      table: ImportRules.table(of: document), manifest: ImportRules.dependencies(of: manifest),
      files: (Self.files + (more.map { [$0] } ?? [])).map { ImportRules.File(path: $0.0, text: $0.1) }, control: "Redis"
    ).violations
  }

  @Test("ARCHITECTURE.md, Package.swift and the imports of all sources agree")
  func agreement() throws {
    var files: [ImportRules.File] = []
    let sources = Repository.root + "/Sources/"
    for case let path as String in try #require(FileManager.default.enumerator(atPath: sources))
    where path.hasSuffix(".swift") {
      files.append(ImportRules.File(path: path, text: try String(contentsOfFile: sources + path, encoding: .utf8)))
    }
    let rules = ImportRules(
      table: ImportRules.table(of: try Repository.text("ARCHITECTURE.md")),
      manifest: ImportRules.dependencies(of: try Repository.text("Package.swift")), files: files)
    #expect(rules.table.count > 20)
    #expect(rules.manifest.count > 18)
    #expect(files.count > 100)
    for violation in rules.violations { Issue.record("\(violation)") }
  }

  @Test("Made-up sources that follow the rules have no violation")
  func clean() { #expect(violations() == []) }

  @Test(
    "A forbidden import is named with its file, its line and the row that forbids it",
    arguments: [
      (
        "Bytes/D.swift", "import Glibc\nimport Wire\n",
        "Sources/Bytes/D.swift:2: imports Wire, which the row of Bytes does not list (ARCHITECTURE.md:4)"
      ),
      (
        "Wire/D.swift", "@testable import Redis\n",
        "Sources/Wire/D.swift:1: imports Redis, which the row of Wire does not list (ARCHITECTURE.md:5)"
      ),
      (
        "Wire/D.swift", "\n\npackage import struct Logging.Logger\n",
        "Sources/Wire/D.swift:3: imports Logging, which the row of Wire does not list (ARCHITECTURE.md:5)"
      ),
      (
        "Bytes/D.swift", "import FoundationEssentials\n",
        "Sources/Bytes/D.swift:1: imports FoundationEssentials, which the row of Bytes does not list (ARCHITECTURE.md:4)"
      ),
      (
        "Redis/D.swift", "import Foundation\n",
        "Sources/Redis/D.swift:1: imports Foundation; use FoundationEssentials: all of Foundation is 30 MB of the binary"
      ),
      ("New/D.swift", "import Bytes\n", "Sources/New/D.swift:1: imports Bytes, but ARCHITECTURE.md has no row for New"),
    ])
  func forbidden(path: String, text: String, violation: String) {
    #expect(violations(more: (path, text)) == [violation])
  }

  @Test("A row that lists what nobody imports is stale, and the manifest must follow it")
  func stale() {
    let document = Self.document.replacing("| heads | Bytes, CLow |", with: "| heads | Bytes, CLow, CHigh |")
    #expect(
      violations(document: document) == [
        "ARCHITECTURE.md:5: the row of Wire lists CHigh, which no file of Sources/Wire imports",
        "Package.swift: Wire does not depend on CHigh, which its row lists",
      ])
  }

  @Test("A dependency in the manifest that the row does not list is named")
  func surplus() {
    let manifest = Self.manifest.replacing(#"dependencies: ["Wire"]"#, with: #"dependencies: ["Wire", "Bytes"]"#)
    #expect(
      violations(manifest: manifest) == [
        "Package.swift: Redis depends on Bytes, which its row does not list (ARCHITECTURE.md:6)"
      ])
  }

  @Test("A target may import only what stands above it, and no Foundation below the control plane")
  func layers() {
    let document = Self.document.replacing("| bytes | |", with: "| bytes | Wire, FoundationEssentials |")
    let manifest = Self.manifest.replacing(#"name: "Bytes","#, with: #"name: "Bytes", dependencies: ["Wire"],"#)
    #expect(
      violations(
        document: document, manifest: manifest, more: ("Bytes/D.swift", "import Wire\nimport FoundationEssentials\n"))
        == [
          "ARCHITECTURE.md:4: Bytes imports Wire, which stands below it: the table goes from low to high",
          "ARCHITECTURE.md:4: Bytes is below the control plane, which alone uses FoundationEssentials",
        ])
  }

  @Test("An import in the middle of a line, of a text for instance, is none")
  func noImport() {
    #expect(violations(more: ("Bytes/D.swift", "let text = \"import Redis\"\n// import Redis\n")) == [])
  }
}

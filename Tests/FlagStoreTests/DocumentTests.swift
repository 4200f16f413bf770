import Flags
import TestSupport
import Testing

@testable import FlagStore

@Suite struct DocumentTests {
  @Test(
    "The short forms are enabled, salted with the name and of revision 0",
    arguments: [
      ("10", 10_000), ("12.5", 12_500), ("0.001", 1), ("1e1", 10_000), ("100", 100_000), ("-0", 0), ("true", 100_000),
      ("false", 0), ("0", 0), ("99.999", 99_999), ("12.500", 12_500),
    ])
  func shortForms(text: String, threshold: Int) throws {
    let document = try FlagDocument("{\"F\": \(text)}")
    #expect(document.flags == [Flag(name: "F", percentage: try #require(Percentage(threshold: threshold)))])
  }

  @Test("The full form gives every field, and leaves the default where a key is missing")
  func fullForm() throws {
    let document = try FlagDocument(
      """
      { "A": {"percentage": 12.5},
        "B": {"enabled": false, "percentage": 50, "salt": "s", "allow": ["a", "\\u00fc\\ud83d\\ude00"], "deny": [],
              "revision": 7, "updated_at": "2026-03-01T09:30:00Z", "updated_by": "anna", "reason": "a\\"b\\\\c\\n" } }
      """)
    #expect(document.names == ["A", "B"])
    #expect(document.flag(named: "A") == Flag(name: "A", percentage: try Percentage(12.5)))
    #expect(
      document.flag(named: "B")
        == Flag(
          name: "B", isEnabled: false, percentage: try Percentage(50), salt: "s", allow: ["a", "ü😀"], revision: 7,
          updatedAt: "2026-03-01T09:30:00Z", updatedBy: "anna", reason: "a\"b\\c\n"))
  }

  @Test("An object without flags is a document")
  func empty() throws {
    #expect(try FlagDocument(" {\n} ").flags.isEmpty)
    #expect(try FlagDocument("{}").render() == "{}\n")
  }

  @Test("Written back, untouched flags keep the form they had and a changed one has the full form")
  func rendering() throws {
    var document = try FlagDocument("{\"A\":10.0,\"B\":true,\"C\":{\"percentage\":5,\"enabled\":true},\"D\":1}")
    var changed = try #require(document.flag(named: "B"))
    changed.percentage = try Percentage(12.5)
    changed.revision = 1
    changed.allow = ["x", "y"]
    changed.updatedBy = "anna"
    changed.reason = "tab\t"
    document.replace(changed)
    #expect(
      document.render() == """
        {
          "A": 10.0,
          "B": {
            "enabled": true,
            "percentage": 12.5,
            "allow": [
              "x",
              "y"
            ],
            "revision": 1,
            "updated_by": "anna",
            "reason": "tab\\t"
          },
          "C": {"percentage":5,"enabled":true},
          "D": 1
        }

        """)
  }

  @Test("Any flags, written and read, are the same flags, and written again the same text")
  func roundTrip() throws {
    let seed = UInt64.random(in: 0 ... .max)
    var random = SeededGenerator(seed: seed)
    let strings = [
      "", "a", "ü😀", "\u{0}\u{1F}\u{7F}\"\\/", "line\nbreak", "é e\u{301}", "\u{2028}",
      String(repeating: "x", count: 200),
    ]
    for _ in 0..<300 {
      let flags = (0..<Int.random(in: 0...5, using: &random)).map { index in
        Flag(
          name: "F\(index)", isEnabled: .random(using: &random),
          percentage: Percentage(threshold: .random(in: 0...100_000, using: &random)) ?? .zero,
          salt: strings.randomElement(using: &random),
          hash: HashScheme.allCases.randomElement(using: &random) ?? .turnout,
          allow: strings.dropFirst().shuffled(using: &random),
          deny: strings.dropFirst().shuffled(using: &random),
          revision: .random(in: 0...FlagLimits.revision, using: &random),
          updatedAt: strings.randomElement(using: &random), updatedBy: strings.randomElement(using: &random),
          reason: Bool.random(using: &random) ? nil : strings.randomElement(using: &random))
      }
      let text = FlagDocument(flags: flags).render()
      let read = try FlagDocument(text)
      #expect(read.flags == flags, "seed \(seed)")
      #expect(read.render() == text, "seed \(seed)")
    }
  }

  @Test(
    "Every scheme has its word in the file, behind the salt; the default is left out", arguments: HashScheme.allCases)
  func schemes(scheme: HashScheme) throws {
    let read = try FlagDocument("{\"F\": {\"hash\": \"\(scheme)\", \"percentage\": 5}}")
    let flag = Flag(name: "F", percentage: try Percentage(5), hash: scheme)
    #expect(read.flags == [flag])
    let text = FlagDocument(flags: [Flag(name: "F", percentage: .zero, salt: "s", hash: scheme, allow: ["a"])]).render()
    #expect(text.contains("\"salt\": \"s\",\n    \"hash\": \"\(scheme)\",\n    \"allow\"") == (scheme != .turnout))
    #expect(text.contains("hash") == (scheme != .turnout))
  }

  @Test("A list may have thousands of users")
  func manyUsers() throws {
    let users = (0..<50_000).map { "user-\($0)@example.com" }
    let document = try FlagDocument(FlagDocument(flags: [Flag(name: "F", percentage: .zero, allow: users)]).render())
    #expect(document.flags.first?.allow == users)
  }

  @Test("An edit changes only what it says, and a killed flag remembers its percentage")
  func edits() throws {
    let (ten, fifty) = (try Percentage(10), try Percentage(50))
    let flag = Flag(name: "F", percentage: ten, allow: ["a"], revision: 3)
    let killed = FlagEdit.kill().apply(to: flag)
    #expect(killed == Flag(name: "F", isEnabled: false, percentage: ten, allow: ["a"], revision: 3))
    let set = FlagEdit.set(fifty).apply(to: killed)
    #expect(set == Flag(name: "F", isEnabled: false, percentage: fifty, allow: ["a"], revision: 3))
    #expect(FlagEdit.restore.apply(to: set) == Flag(name: "F", percentage: fifty, allow: ["a"], revision: 3))
  }
}

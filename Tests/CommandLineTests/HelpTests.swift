import ArgumentParser
import Testing

@testable import turnout

@Suite("Help") struct HelpTests {
  static let commands = Turnout.configuration.groupedSubcommands.flatMap(\.subcommands).flatMap {
    [$0] + $0.configuration.subcommands
  }

  /// With the name of the command that it belongs to: `layout show`.
  private static func name(_ command: any ParsableCommand.Type) -> String {
    let owner = commands.first { $0.configuration.subcommands.contains { $0 == command } }
    return [owner, command].compactMap { $0?.configuration.commandName }.joined(separator: " ")
  }

  private static func help(_ command: any ParsableCommand.Type) -> String {
    Turnout.helpMessage(for: command, columns: 80)
  }

  @Test("No line of a help page is wider than 80 columns", arguments: commands.map(name) + [""])
  func width(name: String) {
    let command = Self.commands.first { Self.name($0) == name }
    let lines = (command.map(Self.help) ?? Turnout.helpMessage(columns: 80)).split(separator: "\n")
    for line in lines where line.count > 80 { Issue.record("\(line.count) columns: \(line)") }
    #expect(lines.contains { $0.hasPrefix("USAGE: turnout \(name)") })
  }

  @Test("Every command has two or three examples, and they parse", arguments: commands.map(name))
  func examples(name: String) throws {
    let command = try #require(Self.commands.first { Self.name($0) == name })
    let overview = Self.help(command).split(separator: "\n\nUSAGE: ")[0]
    let examples = overview.split(separator: "\nExamples:\n")
    try #require(examples.count == 2, "\(overview)")
    let lines = examples[1].split(separator: "\n").map { $0.drop { $0 == " " } }
    #expect((2...3).contains(lines.count))
    for line in lines {
      let words = Self.words(line)
      #expect(words.joined(separator: " ").hasPrefix("turnout \(name)"))
      #expect(throws: Never.self, "\(line)") { try Turnout.parseAsRoot(Array(words.dropFirst())) }
    }
  }

  @Test("Options that commands share have the same heading everywhere")
  func headings() {
    let groups = [
      "--config": "WHICH SYSTEM", "--admin": "WHICH SYSTEM", "--json": "OUTPUT", "--redis": "WHICH CONTEXTS",
      "--messages": "MESSAGES", "--proxy": "REQUESTS", "--local": "ONLY THIS PROXY",
    ]
    for command in Self.commands where ![Sample.self, Demo.self].contains(where: { $0 == command }) {
      var heading = ""
      for line in Self.help(command).split(separator: "\n") {
        if line.hasSuffix(":"), line == line.uppercased() { heading = String(line.dropLast()) }
        guard let option = line.split(separator: " ").first.map(String.init), line.hasPrefix("  --") else { continue }
        if let expected = groups[option] { #expect(heading == expected, "\(Self.name(command)) \(option)") }
      }
    }
  }

  @Test("The overview groups the commands by what they are for")
  func groups() {
    let groups = Turnout.configuration.groupedSubcommands.map { ($0.name, $0.subcommands.map(Self.name)) }
    #expect(groups.map(\.0) == ["Run", "Roll out", "Observe", "Check", "Contexts"])
    #expect(groups[3].1 == ["check", "preflight", "smoke", "validate", "inspect"])
  }

  /// The words of a shell command up to a redirection; quotes are removed.
  private static func words(_ line: some StringProtocol) -> [String] {
    var (words, quote, isInWord): ([String], Character?, Bool) = ([], nil, false)
    for character in line {
      switch character {
      case "'" where quote != "\"", "\"" where quote != "'":
        if !isInWord { words.append("") }
        (quote, isInWord) = (quote == nil ? character : nil, true)
      case " " where quote == nil: isInWord = false
      case "<" where quote == nil, ">" where quote == nil: return words
      default:
        if !isInWord { words.append("") }
        isInWord = true
        words[words.count - 1].append(character)
      }
    }
    return words
  }
}

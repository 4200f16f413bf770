import ArgumentParser
import Configuration
import Conversations
import Redis

/// The tables that say how an application keeps its contexts.
struct LayoutCommands: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "layout", "Show the layouts of contexts that ship, or check your own on a real key.",
    usage: "show [<name>] | check [<layout>] [--sample <key>]",
    discussion: """
      A layout is a table that says how an application keeps the contexts of its users. contexts.layout of the \
      configuration names the one in use. docs/layouts.md teaches layouts.
      """,
    examples: [
      "turnout layout show spec-012 > mine.yaml",
      "turnout layout check mine.yaml",
      "turnout layout check mine.yaml --sample chat:customer:42",
    ], subcommands: [ShowLayout.self, CheckLayout.self])
}

/// Prints a layout that ships.
struct ShowLayout: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "layout show", "Print a layout that ships: the file to start your own from. Without a name, list them.",
    usage: "[<name>]",
    discussion: "spec-012 is the layout of the migration guide's application, turnout that of the sample application.",
    examples: [
      "turnout layout show",
      "turnout layout show spec-012 > mine.yaml",
    ])

  @Argument(
    help: ArgumentHelp("The layout.", valueName: "name"), completion: .list(ShippedLayout.all.map(\.name)))
  var name: String?

  func run() throws {
    guard let name else {
      Console.write(ShippedLayout.all.map { "\($0.name)\n" }.joined())
      return
    }
    guard let layout = ShippedLayout.all.first(where: { $0.name == name }) else {
      let names = ShippedLayout.all.map(\.name).joined(separator: ", ")
      throw failure(.usage, "No layout \(name) ships with Turnout. Those that ship: \(names).")
    }
    Console.write(layout.text)
  }
}

/// Checks a layout and, if asked, what it makes of a real key.
struct CheckLayout: ParsableCommand {
  static let configuration = CommandConfiguration.subcommand(
    "layout check", "Check a layout; with --sample, show what it makes of a real key. Writes nothing.",
    usage: "[<layout>] [--sample <key>] [<options>]",
    discussion: """
      Reports every mistake with its line. --sample reads one legacy key, or a key of a conversation, and shows what it \
      becomes on the other side, which bytes change on the way back, and which members the layout does not know. Exit \
      status: 0 valid, and the sample survives both ways; 12 it does not; 78 the layout has mistakes.
      """,
    examples: [
      "turnout layout check mine.yaml",
      "turnout layout check spec-012 --sample chat:customer:42",
      "turnout layout check --sample chat:admin:7 --redis redis://127.0.0.1:6379",
    ])

  @Argument(
    help: ArgumentHelp(
      "A layout that ships, or a file. Default: contexts.layout of the configuration.", valueName: "layout"),
    completion: .file(extensions: ["yaml", "yml"]))
  var layout: String?

  @Option(help: ArgumentHelp("Show what the layout makes of this key.", valueName: "key"))
  var sample: String?

  @OptionGroup(title: "Which contexts") var contexts: ContextServerOptions
  @OptionGroup(title: "Which system") var system: SystemOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    try output.explainingFailures {
      // A layout that is named needs no configuration.
      let named =
        if let layout {
          try Configuration().layout(named: layout, by: "the layout")
        } else { try system.locate().layout(named: nil, by: "a layout") }
      let report = LayoutReport(layout: named)
      guard let sample else { return try output.print(LayoutDocument(named, nil), else: report.text) }
      let found = try read(sample, named)
      try output.print(
        LayoutDocument(named, LayoutDocument.Sample(sample, found)), else: report.text + report.text(of: found, sample))
      guard found.changes.isEmpty else {
        throw failure(
          .notPassed, "\(counted(found.changes.count, "member")) of \(sample) would change on the way back.")
      }
    }
  }

  private func read(_ sample: String, _ layout: Layout) throws -> LayoutSample {
    let location = try contexts.location(of: system)
    var connection = try orFail(.failed) { try location.connect(as: "turnout-layout") }
    do throws(LayoutSample.Failure) {
      return try LayoutSample(Array(sample.utf8), in: layout, on: &connection)
    } catch {
      if case .redis = error { throw failure(.failed, "\(error)") }
      throw failure(.notPassed, "\(location): \(error)")
    }
  }
}

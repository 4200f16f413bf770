import ArgumentParser
import Configuration
import Conversations
import Redis

/// What a clean-up has removed comes back.
struct RestoreDump: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore-dump",
    abstract: "Put back the keys that turnout cleanup removed, from its dump files.",
    discussion: """
      Values, types and expiries come back as they were. A key that is there stays as it is, one whose time is over stays \
      away. It can be repeated.
      """)

  @Argument(help: ArgumentHelp("Dump files, in their order.", valueName: "file"))
  var files: [String]

  @Flag(help: "Put the dumped value in the place of a key that is there.")
  var replace = false

  @OptionGroup var contexts: ContextOptions
  @OptionGroup var system: SystemOptions
  @OptionGroup var output: OutputOptions

  func run() throws { try output.explained { try restore() } }

  private func restore() throws {
    guard !files.isEmpty else { throw failure(.usage, "Name a dump file.") }
    // One that is no dump is told before anything is put back.
    for file in files {
      do throws(CleanupError) { _ = try DumpReader.open(file) } catch { throw failure(.failed, error.description) }
    }
    // After a disaster there may be no turnout.yaml; with an address of its own it needs none.
    let place = try contexts.place(of: system)
    var connection = try connect(place)
    let restoration = DumpRestoration(replacing: replace)
    let progress = ProgressLine()
    var fault: CleanupError?
    for file in files {
      do throws(CleanupError) {
        try restoration.run(DumpReader.open(file), on: &connection) {
          progress.show("\($0.records) read, \($0.restored) restored")
        }
      } catch { fault = error }
      if fault != nil { break }
    }
    progress.clear()
    let report = RestorationReport(place: place.description, files: files, tally: restoration.tally)
    if output.json { try JSONOutput.print(report) } else { Console.write(report.text) }
    if let fault {
      let again = fault.goesOn ? "; run the command again to go on" : ""
      throw failure(.failed, "\(fault)\nWhat is back, is back\(again).")
    }
    guard report.isComplete else { throw failure(.failed, "Not everything in the dump could be put back.") }
  }

  private func connect(_ place: ContextLocation) throws -> RedisConnection {
    do throws(RedisError) {
      return try place.connect(as: "turnout-restore-dump", timeoutNanoseconds: 5_000_000_000)
    } catch { throw failure(.failed, error.description) }
  }
}

/// What `turnout restore-dump` did.
struct RestorationReport: Encodable {
  let place: String
  let files: [String]
  let tally: DumpRestoration.Tally

  enum CodingKeys: String, CodingKey {
    case files, tally
    case place = "redis"
  }

  /// Everything that the files were to hold was read and taken.
  var isComplete: Bool { tally.torn.isEmpty && tally.refused == 0 }

  var text: String {
    var lines = ["\(counted(files.count, "dump")) into \(place)"]
    func row(_ name: String, _ count: Int, _ note: String = "") {
      lines.append(
        Column.left(name, 20) + Column.right(CleanupReport.grouped(count), 12) + (note.isEmpty ? "" : "  " + note))
    }
    row("records", tally.records)
    row("restored", tally.restored)
    row("there already", tally.existing, tally.existing > 0 ? "they stay as they are (--replace)" : "")
    row("expired", tally.expired, tally.expired > 0 ? "their time is over" : "")
    if tally.refused > 0 { row("refused", tally.refused, "Redis does not take them") }
    for refusal in tally.refusals {
      lines.append("  \(Column.cut(Console.printable(refusal.key), 30)): \(Console.printable(refusal.reason))")
    }
    for torn in tally.torn {
      lines.append("\(Console.printable(torn.path)): torn at byte \(torn.offset). All before it was read.")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

import Foundation
import Glibc
import TestSupport
import Testing

@Suite("compare and watch", .ownThread)
struct ComparisonCommandTests {
  private static let enter = "\u{1B}[?1049h"
  private static let leave = "\u{1B}[?25h\u{1B}[?1049l"

  private static func run(
    _ arguments: [String], admin: String
  ) throws -> (output: String, status: Program.ExitStatus?) {
    let folder = try TemporaryFolder()
    let command = try Program(
      ProxyProcess.binary(), arguments + ["--admin", admin], in: folder.path, log: folder.file("log"))
    let status = command.wait()
    return (folder.text("log"), status)
  }

  @Test("Scripts learn the verdict from the exit status", arguments: [("safe", 0), ("harmful", 10), ("undecided", 11)])
  func statuses(verdict: String, status: Int32) throws {
    let admin = try ComparingAdmin(verdict)
    let (output, ended) = try Self.run(["compare"], admin: admin.address)
    #expect(ended == .exited(status), "\(output)")
    #expect(output.hasSuffix("\nIt was found to be \(verdict).\n"), "\(output)")
    let json = try Self.run(["compare", "--json", "--since", "15m"], admin: admin.address)
    #expect(json.status == .exited(status))
    #expect(json.output == ComparingAdmin.comparison(verdict) + "\n")
  }

  @Test("What is no verdict has the exit status of errors")
  func errors() throws {
    let admin = try ComparingAdmin("safe")
    let unknown = try Self.run(["compare", "--flag", "NONE"], admin: admin.address)
    #expect(unknown.status == .exited(1), "\(unknown.output)")
    #expect(unknown.output.contains("There is no flag NONE."), "\(unknown.output)")
    let wrong = try Self.run(["compare", "--since", "15x"], admin: admin.address)
    #expect(wrong.status == .exited(64), "\(wrong.output)")
    #expect(wrong.output.contains("such as 90s, 15m, 2h or 7d"), "\(wrong.output)")
    #expect(try Self.run(["compare", "--since", "1m", "--stage"], admin: admin.address).status == .exited(64))
    #expect(try Self.run(["compare"], admin: "127.0.0.1:\(try FreePort.take())").status == .exited(5))
  }

  @Test("watch draws, follows the size and what is told, obeys keys, and leaves the terminal as it was")
  func watch() throws {
    let admin = try ComparingAdmin("undecided")
    let terminal = try Self.watch(admin, columns: 80, rows: 24)
    _ = try terminal.read(until: Self.enter)
    _ = try terminal.read(until: "It was found to be undecided.")
    #expect(!terminal.isRestored)
    admin.tell("safe")
    _ = try terminal.read(until: "It was found to be safe.")
    terminal.resize(columns: 40, rows: 10)
    let small = try terminal.read(until: "k kill command")
    #expect(small.contains("\u{1B}[2J"), "\(small.debugDescription)")
    #expect(small.contains("\u{1B}[10;1Hq quit"), "\(small.debugDescription)")
    #expect(!small.contains("\u{1B}[11;"))
    #expect(!small.contains("interval"))
    terminal.type("k")
    _ = try terminal.read(until: "turnout kill --reason")
    terminal.type("s")
    _ = try terminal.read(until: "s this stage")
    terminal.type("\u{1B}[A\u{1B}OSq")
    _ = try terminal.read(until: Self.leave)
    #expect(try terminal.read(until: admin.address).contains("turnout kill --reason"))
    #expect(terminal.exitStatus() == .exited(0))
    #expect(terminal.isRestored)
  }

  @Test("Signals restore the terminal too", arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT])
  func signals(signal: Int32) throws {
    let terminal = try Self.watch(try ComparingAdmin("safe"), columns: 80, rows: 24)
    _ = try terminal.read(until: "It was found to be safe.")
    // Nobody could wake a session of its own from a stop, so the system passes over it; the screen is given back and
    // taken again all the same.
    terminal.send(SIGTSTP)
    _ = try terminal.read(until: Self.leave)
    _ = try terminal.read(until: Self.enter)
    _ = try terminal.read(until: "It was found to be safe.")
    if signal == SIGINT { terminal.type("\u{3}") } else { terminal.send(signal) }
    _ = try terminal.read(until: Self.leave)
    #expect(terminal.exitStatus() == .exited(0))
    #expect(terminal.isRestored)
  }

  @Test("A proxy that ends is told of, and watch goes on")
  func unreachable() throws {
    let admin = try ComparingAdmin("safe")
    let terminal = try Self.watch(admin, columns: 80, rows: 24)
    _ = try terminal.read(until: "It was found to be safe.")
    admin.stop()
    _ = try terminal.read(until: "NO RESPONSE from \(admin.address): Connection refused; the data is ")
    terminal.type("q")
    #expect(terminal.exitStatus() == .exited(0))
    #expect(terminal.isRestored)
  }

  @Test("Without a terminal watch prints lines for a log, without any escape sequence")
  func log() throws {
    let folder = try TemporaryFolder()
    let admin = try ComparingAdmin("safe")
    let command = try Program(
      ProxyProcess.binary(), ["watch", "--interval", "200ms", "--admin", admin.address], in: folder.path,
      log: folder.file("log"))
    #expect(eventually { folder.text("log").components(separatedBy: ", safe\n").count > 3 })
    admin.stop()
    #expect(eventually { folder.text("log").contains(" NO COMPARISON: Connection refused\n") })
    command.send(SIGTERM)
    #expect(command.wait() == .signalled(SIGTERM))
    #expect(!folder.text("log").contains("\u{1B}"))
    #expect(folder.text("log").components(separatedBy: "It was found to be safe.").count == 2)
  }

  private static func watch(_ admin: ComparingAdmin, columns: Int, rows: Int) throws -> TerminalProcess {
    try TerminalProcess(
      ["watch", "--interval", "200ms", "--admin", admin.address], columns: columns, rows: rows, owner: admin)
  }
}

import Foundation
import Glibc
import Testing

/// A running `turnout serve`: the program that this build made, with a folder and a port of its own.
final class ProxyProcess: Sendable {
  let port: UInt16
  let folder: TemporaryFolder
  private let process: ChildProcess

  /// `settings` are the lines of turnout.yaml beside `listen`, `workers` and `flags`.
  init(_ settings: String, flags: String = Stage.flags, workers: Int = 1, port: UInt16? = nil) throws {
    let folder = try TemporaryFolder()
    let port = try port ?? FreePort.take()
    let admin = try FreePort.take()
    let common = "listen: 127.0.0.1:\(port)\nadmin: 127.0.0.1:\(admin)\nworkers: \(workers)\nflags: flags.json\n"
    try folder.write(common + settings + "\n", to: "turnout.yaml")
    try folder.write(flags, to: "flags.json")
    process = try ChildProcess(Self.binary(), ["serve"], in: folder.path, log: folder.file("log"))
    self.folder = folder
    self.port = port
    let isUp = eventually(within: 20) { process.exitStatus != nil || (try? WireConnection.connect(to: port)) != nil }
    guard isUp, process.exitStatus == nil else {
      throw HarnessError("turnout serve does not come up: \(folder.text("log"))\n\(folder.text("turnout.yaml"))")
    }
  }

  deinit {
    if case .signalled(let signal) = process.exitStatus {
      Issue.record("turnout serve ended by signal \(signal): \(folder.text("log"))")
    }
  }

  /// Beside the program that runs the tests.
  static func binary() throws -> String {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = (tests as NSString).deletingLastPathComponent + "/turnout"
    guard access(path, X_OK) == 0 else { throw HarnessError("no program at \(path): build the product turnout first") }
    return path
  }

  func client(receiveBuffer: Int32? = nil) throws -> WireConnection {
    try WireConnection.connect(to: port, receiveBuffer: receiveBuffer, owner: self)
  }

  func terminate() { process.send(SIGTERM) }

  /// Stops the program while `action` happens, so that it finds everything at once when it goes on.
  func holding<Result>(_ action: () throws -> Result) rethrows -> Result {
    process.send(SIGSTOP)
    pause(0.05)
    defer {
      pause(0.05)
      process.send(SIGCONT)
    }
    return try action()
  }

  var isRunning: Bool { process.exitStatus == nil }

  /// Nil when it still runs after that time.
  func exitStatus(within seconds: Double = 10) -> ChildProcess.ExitStatus? {
    _ = eventually(within: seconds) { process.exitStatus != nil }
    return process.exitStatus
  }

  func setFlags(_ text: String) throws { try folder.write(text, to: "flags.json") }

  /// Memory in use that no file backs, in KiB.
  var residentKiB: Int {
    let status = (try? String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
    return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
  }

  /// Runs another command of the program about this system, and gives what it printed.
  @discardableResult
  func command(_ arguments: String...) throws -> (output: String, status: ChildProcess.ExitStatus?) {
    let log = "command-\(UUID().uuidString)"
    let command = try ChildProcess(Self.binary(), arguments, in: folder.path, log: folder.file(log))
    let status = command.wait()
    return (folder.text(log), status)
  }
}

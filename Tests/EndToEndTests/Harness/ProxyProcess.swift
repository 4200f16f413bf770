import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// A running `turnout serve`: the program that this build made, with a folder and ports of its own.
final class ProxyProcess: Sendable {
  let port: UInt16
  let adminPort: UInt16
  let folder: TemporaryFolder
  private let process: Program
  private let wasCrashed = Atomic(false)

  /// `settings` are the lines of turnout.yaml beside addresses, workers and flags, which are in flags.json unless they
  /// have another `place`. The kernel chooses the ports unless one is given; the program says which.
  convenience init(
    _ settings: String, flags: String = Stage.flags, place: String = "flags.json", workers: Int = 1, port: UInt16 = 0,
    environment: [String: String] = [:]
  ) throws {
    let folder = try TemporaryFolder()
    let common = "listen: 127.0.0.1:\(port)\nadmin: 127.0.0.1:0\nworkers: \(workers)\nflags: \"\(place)\"\n"
    try folder.write(common + settings + "\n", to: "turnout.yaml")
    try folder.write(flags, to: "flags.json")
    try self.init(in: folder, environment: environment)
  }

  /// What is in that folder, once more.
  init(in folder: TemporaryFolder, environment: [String: String] = [:]) throws {
    try? FileManager.default.removeItem(atPath: folder.file("log"))
    let process = try Program(
      Self.binary(), ["serve"], in: folder.path, environment: environment, log: folder.file("log"))
    eventually(within: .seconds(20)) { process.exitStatus != nil || folder.text("log").contains("dashboard on") }
    let ports = folder.text("log").matches(of: /http:\/\/127\.0\.0\.1:(\d+)/).compactMap { UInt16($0.1) }
    guard process.exitStatus == nil, ports.count == 2 else {
      throw SetupError("turnout serve does not come up: \(folder.text("log"))\n\(folder.text("turnout.yaml"))")
    }
    self.folder = folder
    self.process = process
    self.port = ports[0]
    adminPort = ports[1]
  }

  deinit {
    if case .signalled(let signal) = process.exitStatus, !wasCrashed.load(ordering: .relaxed) {
      Issue.record("turnout serve ended by signal \(signal): \(folder.text("log"))")
    }
  }

  /// Beside the program that runs the tests.
  static func binary() throws -> String {
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let path = (tests as NSString).deletingLastPathComponent + "/turnout"
    guard access(path, X_OK) == 0 else { throw SetupError("no program at \(path): build the product turnout first") }
    return path
  }

  func client(receiveBuffer: Int32? = nil) throws -> WireConnection {
    try WireConnection.connect(to: port, receiveBuffer: receiveBuffer, owner: self)
  }

  /// What happens meanwhile comes to the proxy all at once.
  func whileStopped(_ body: () -> Void) {
    process.send(SIGSTOP)
    defer { process.send(SIGCONT) }
    eventually { areAllThreadsStopped }
    body()
  }

  /// One thread takes the signal; the others run on until they have noticed.
  private var areAllThreadsStopped: Bool {
    let tasks = "/proc/\(process.identifier)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return threads.allSatisfy { thread in
      let stat = (try? String(contentsOfFile: "\(tasks)/\(thread)/stat", encoding: .utf8)) ?? ""
      return stat.contains(") T ")
    }
  }

  /// As the kernel does when memory has run out.
  func crash() {
    wasCrashed.store(true, ordering: .relaxed)
    process.send(SIGKILL)
    _ = process.wait()
  }

  /// What it has said since it was started.
  var log: String { folder.text("log") }

  func send(_ signal: Int32) { process.send(signal) }

  func terminate() { process.send(SIGTERM) }

  var isRunning: Bool { process.exitStatus == nil }

  /// Nil when it still runs after that time.
  func exitStatus(within seconds: Double = 10) -> Program.ExitStatus? {
    eventually(within: .seconds(seconds)) { process.exitStatus != nil }
    return process.exitStatus
  }

  /// What the admin port answers.
  func admin(_ target: String) throws -> WireResponse {
    try WireConnection.connect(to: adminPort).ask("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
  }

  /// The value of one line of /metrics; -1 when it is not there.
  func metric(_ name: String) throws -> Int {
    let lines = try admin("/metrics").text.split(separator: "\n")
    return lines.first { $0.hasPrefix(name + " ") }.flatMap { Int($0.dropFirst(name.count + 1)) } ?? -1
  }

  func setFlags(_ text: String) throws { try folder.write(text, to: "flags.json") }

  /// Memory in use that no file backs, in KiB.
  var residentKiB: Int {
    let status = (try? String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
    return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
  }

  /// How many descriptors the running program may have open; nil: as many as the system allows it.
  func limitDescriptors(to count: Int?) throws {
    let limits = try String(contentsOfFile: "/proc/\(process.identifier)/limits", encoding: .utf8)
    let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") } ?? ""
    let hard = line.split(separator: " ").dropFirst(4).first ?? ""
    let soft = count.map(String.init) ?? String(hard)
    let arguments = ["--pid", "\(process.identifier)", "--nofile=\(soft):\(hard)"]
    let change = try Program("/usr/bin/prlimit", arguments, in: folder.path, log: folder.file("prlimit"))
    guard change.wait() == .exited(0) else { throw SetupError(folder.text("prlimit")) }
  }

  /// Runs another command of the program about this system, and gives what it printed.
  @discardableResult
  func command(_ arguments: String...) throws -> (output: String, status: Program.ExitStatus?) {
    try command(arguments)
  }

  func command(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (output: String, status: Program.ExitStatus?) {
    let log = "command-\(UUID().uuidString)"
    let system = ["--admin", "127.0.0.1:\(adminPort)"]
    let command = try Program(
      Self.binary(), arguments + system, in: folder.path, environment: environment, log: folder.file(log))
    let status = command.wait()
    return (folder.text(log), status)
  }
}

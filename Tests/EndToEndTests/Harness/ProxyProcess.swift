import Foundation
import Glibc
import Synchronization
import Testing

/// A running `turnout serve`: the program that this build made, with a folder and ports of its own.
final class ProxyProcess: Sendable {
  let port: UInt16
  let adminPort: UInt16
  let folder: TemporaryFolder
  private let process: ChildProcess
  private let logName: String
  private let isKilled = Atomic(false)

  /// `settings` are the lines of turnout.yaml beside addresses, workers and flags. The kernel chooses the ports unless
  /// one is given; the program says which.
  convenience init(_ settings: String, flags: String = Stage.flags, workers: Int = 1, port: UInt16 = 0) throws {
    let folder = try TemporaryFolder()
    try folder.write(flags, to: "flags.json")
    try self.init(settings, place: "flags.json", workers: workers, port: port, in: folder)
  }

  /// Over flags at any place. In a folder in which a proxy ran before, it finds what that one kept.
  init(
    _ settings: String, place: String, workers: Int = 1, port: UInt16 = 0, environment: [String: String] = [:],
    in folder: TemporaryFolder
  ) throws {
    let common = "listen: 127.0.0.1:\(port)\nadmin: 127.0.0.1:0\nworkers: \(workers)\nflags: \"\(place)\"\n"
    try folder.write(common + settings + "\n", to: "turnout.yaml")
    let logName = "log-\(UUID().uuidString)"
    let process = try ChildProcess(
      Self.binary(), ["serve"], in: folder.path, environment: environment, log: folder.file(logName))
    _ = eventually(within: 20) { process.exitStatus != nil || folder.text(logName).contains("admin on") }
    let ports = folder.text(logName).matches(of: /http:\/\/127\.0\.0\.1:(\d+)/).compactMap { UInt16($0.1) }
    guard process.exitStatus == nil, ports.count == 2 else {
      throw HarnessError("turnout serve does not come up: \(folder.text(logName))\n\(folder.text("turnout.yaml"))")
    }
    self.folder = folder
    self.process = process
    self.logName = logName
    self.port = ports[0]
    adminPort = ports[1]
  }

  deinit {
    if case .signalled(let signal) = process.exitStatus, !isKilled.load(ordering: .acquiring) {
      Issue.record("turnout serve ended by signal \(signal): \(log)")
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

  /// What happens meanwhile comes to the proxy all at once.
  func whileStopped(_ body: () -> Void) {
    process.send(SIGSTOP)
    defer { process.send(SIGCONT) }
    _ = eventually { areAllThreadsStopped }
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

  func terminate() { process.send(SIGTERM) }

  /// The kill switch of this one proxy.
  func killLocally() { process.send(SIGUSR1) }

  /// Ends it as a crash does.
  func killNow() {
    isKilled.store(true, ordering: .releasing)
    process.send(SIGKILL)
    _ = process.wait()
  }

  /// What it has said so far.
  var log: String { folder.text(logName) }

  var isRunning: Bool { process.exitStatus == nil }

  /// Nil when it still runs after that time.
  func exitStatus(within seconds: Double = 10) -> ChildProcess.ExitStatus? {
    _ = eventually(within: seconds) { process.exitStatus != nil }
    return process.exitStatus
  }

  /// What the admin port answers.
  func admin(_ target: String) throws -> WireAnswer { try WireConnection.connect(to: adminPort).get(target) }

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
    let change = try ChildProcess("/usr/bin/prlimit", arguments, in: folder.path, log: folder.file("prlimit"))
    guard change.wait() == .exited(0) else { throw HarnessError(folder.text("prlimit")) }
  }

  /// Runs another command of the program about this system, and gives what it printed.
  @discardableResult
  func command(_ arguments: String...) throws -> (output: String, status: ChildProcess.ExitStatus?) {
    try command(arguments)
  }

  func command(_ arguments: [String]) throws -> (output: String, status: ChildProcess.ExitStatus?) {
    let log = "command-\(UUID().uuidString)"
    let system = ["--admin", "127.0.0.1:\(adminPort)"]
    let command = try ChildProcess(Self.binary(), arguments + system, in: folder.path, log: folder.file(log))
    let status = command.wait()
    return (folder.text(log), status)
  }
}

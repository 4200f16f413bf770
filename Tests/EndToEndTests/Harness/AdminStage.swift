import Admin
import Configuration
import Foundation
import Logging
import Proxy
import Testing

@testable import turnout

/// A whole system in this process, with a token and a socket: for what is about the admin port. It serves between two
/// scripted upstreams.
final class AdminStage: Sendable {
  static let flag = "UNIFIED_CONVERSATION_ENABLED"
  static let token = String(repeating: "0123456789abcdef", count: 4)

  let folder: TemporaryFolder
  let socket: String
  let port: UInt16
  private let system: RunningSystem
  private let upstreams: [ScriptedUpstream]

  init(
    flags: String = #"{ "\#(AdminStage.flag)": { "percentage": 50, "allow": ["uma"], "revision": 3 }, "OTHER": 10 }"#,
    change: (inout AdminSettings) -> Void = { _ in }
  ) throws {
    folder = try TemporaryFolder()
    try folder.write(flags, to: "flags.json")
    upstreams = [try ScriptedUpstream(.saying("legacy")), try ScriptedUpstream(.saying("unified"))]
    let yaml = """
      listen: 127.0.0.1:0
      admin: 127.0.0.1:0
      workers: 1
      flags: flags.json
      cohorts:
        legacy: { servers: ["http://127.0.0.1:\(upstreams[0].port)"] }
        unified: { servers: ["http://127.0.0.1:\(upstreams[1].port)"] }
      """
    try folder.write(yaml, to: "turnout.yaml")
    socket = "/tmp/turnout-\(UInt64.random(in: 0...UInt64.max)).sock"
    var settings = AdminSettings()
    settings.token = AdminToken(Self.token)
    settings.socket = socket
    change(&settings)
    system = try RunningSystem(
      try Configuration.load(file: folder.file("turnout.yaml")),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      admin: settings)
    port = system.admin.port
  }

  deinit {
    system.drain()
    system.join()
  }

  var proxyPort: UInt16 { system.proxy.addresses[0].port }

  func ask(
    _ line: String, _ headers: [String] = ["Authorization: Bearer \(AdminStage.token)"], body: String? = nil
  ) throws -> WireAnswer {
    let client = try WireConnection.connect(to: port, owner: self)
    return try client.ask(Self.request(line, headers, body: body))
  }

  static func request(_ line: String, _ headers: [String] = [], body: String? = nil) -> String {
    var lines = ["\(line) HTTP/1.1", "Host: localhost"] + headers
    if let body { lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
  }

  /// Runs a program to its end, for at most two minutes.
  func run(_ program: String, _ arguments: [String]) throws -> (output: String, status: ChildProcess.ExitStatus?) {
    let log = "run-\(UUID().uuidString)"
    let process = try ChildProcess(
      "/usr/bin/timeout", ["120", program] + arguments, in: folder.path, log: folder.file(log))
    let status = process.wait()
    return (folder.text(log), status)
  }
}

/// The virtual environment that `make setup-test` makes.
enum PythonEnvironment {
  static func program(_ name: String) throws -> String {
    let path = root + "/.build/python/bin/" + name
    guard access(path, X_OK) == 0 else { throw HarnessError("no \(path): run make setup-test") }
    return path
  }

  /// The folder of the package.
  static var root: String {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.path
  }
}

import Foundation
import Glibc
import TestSupport

/// A running proxy between two upstreams, for what is about its admin port.
final class AdminStage: Sendable {
  static let flag = "UNIFIED_CONVERSATION_ENABLED"

  private let stage: Stage
  /// Of the file that the proxy made.
  let token: String

  init(settings: String = "") throws {
    let flags = #"{ "\#(AdminStage.flag)": { "percentage": 50, "allow": ["uma"], "revision": 3 }, "OTHER": 10 }"#
    stage = try Stage(settings: settings, flags: flags)
    token = stage.proxy.folder.text("turnout.state/admin.token").trimmingCharacters(in: .newlines)
  }

  var folder: TemporaryFolder { stage.proxy.folder }
  var port: UInt16 { stage.proxy.adminPort }
  var socket: String { folder.file("turnout.state/admin.sock") }
  var bearer: String { "Authorization: Bearer \(token)" }

  /// A client of the proxy itself.
  func user() throws -> WireConnection { try stage.client() }

  /// A client of the admin port.
  func connect() throws -> WireConnection { try WireConnection.connect(to: port, owner: self) }

  /// With the token unless other headers are given.
  func ask(_ line: String, _ headers: [String]? = nil, body: String? = nil) throws -> WireResponse {
    try connect().ask(Self.request(line, headers ?? [bearer], body: body))
  }

  static func request(_ line: String, _ headers: [String] = [], body: String? = nil) -> String {
    var lines = ["\(line) HTTP/1.1", "Host: localhost"] + headers
    if let body { lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
  }

  /// Runs a program to its end, for at most two minutes.
  func run(_ program: String, _ arguments: [String]) throws -> (output: String, status: Program.ExitStatus?) {
    let log = "run-\(UUID().uuidString)"
    let process = try Program(
      "/usr/bin/timeout", ["120", program] + arguments, in: folder.path, log: folder.file(log))
    let status = process.wait()
    return (folder.text(log), status)
  }
}

/// The virtual environment that `make setup-test` makes.
enum PythonEnvironment {
  static func program(_ name: String) throws -> String {
    let path = Repository.root + "/.build/python/bin/" + name
    guard access(path, X_OK) == 0 else { throw SetupError("no \(path): run make setup-test") }
    return path
  }
}

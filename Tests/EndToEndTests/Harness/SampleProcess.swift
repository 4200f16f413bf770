import Flags
import Foundation
import Glibc
import TestSupport

/// A running `turnout sample`: the program that this build made, on a port that the kernel chose.
final class SampleProcess: Sendable {
  let port: UInt16
  let folder: TemporaryFolder
  private let process: Program

  init(_ cohort: Cohort, _ arguments: [String], environment: [String: String] = [:]) throws {
    let folder = try TemporaryFolder()
    let process = try Program(
      ProxyProcess.binary(), ["sample", "\(cohort)", "--listen", "127.0.0.1:0"] + arguments, in: folder.path,
      environment: environment, log: folder.file("log"))
    eventually(within: .seconds(20)) { process.exitStatus != nil || folder.text("log").contains("listens on") }
    guard process.exitStatus == nil,
      let port = folder.text("log").firstMatch(of: /http:\/\/127\.0\.0\.1:(\d+)/).flatMap({ UInt16($0.1) })
    else { throw SetupError("turnout sample does not come up: \(folder.text("log"))") }
    self.port = port
    self.folder = folder
    self.process = process
  }

  var log: String { folder.text("log") }

  /// Ends it as an operator does.
  func end() -> Program.ExitStatus? {
    process.send(SIGTERM)
    return process.wait()
  }
}

import Foundation

/// A running `turnout sample`.
final class SampleProcess: Sendable {
  let port: UInt16
  private let folder: TemporaryFolder
  private let process: ChildProcess

  /// Nil for `redis`: in memory.
  init(_ cohort: String, redis: String?, environment: [String: String] = [:]) throws {
    let folder = try TemporaryFolder()
    let store = redis.map { ["--redis", $0] } ?? ["--memory"]
    let process = try ChildProcess(
      ProxyProcess.binary(), ["sample", cohort, "--listen", "127.0.0.1:0"] + store, in: folder.path,
      environment: environment, log: folder.file("log"))
    _ = eventually(within: 20) { process.exitStatus != nil || folder.text("log").contains("listens on") }
    guard let match = folder.text("log").firstMatch(of: /http:\/\/127\.0\.0\.1:(\d+)/), let port = UInt16(match.1)
    else {
      throw HarnessError("turnout sample does not come up: \(folder.text("log"))")
    }
    (self.folder, self.process, self.port) = (folder, process, port)
  }
}

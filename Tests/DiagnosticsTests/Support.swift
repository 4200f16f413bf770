import Conversations
import Diagnostics
import FlagStore
import Foundation
import Redis
import RedisServer
import Testing

/// A folder of a test's own, which goes with its owner.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "turnout-rehearsal-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path + "/" + name))) }
}

extension RedisServer {
  func place(_ credentials: String? = nil) throws -> ContextLocation {
    ContextLocation(address: try RedisAddress(parsing: address(credentials: credentials)))
  }
}

/// The outcome of a check.
func finding(_ check: DiagnosticCheck) -> CheckOutcome { CheckRunner.run([check])[0].outcome }

/// It failed, found this, and says something like that to do.
func expectFailed(
  _ finding: CheckOutcome, found: String, advice: String, _ location: SourceLocation = #_sourceLocation
) {
  #expect(finding.status == .fail, "\(finding)", sourceLocation: location)
  #expect(finding.found.contains(found), "\(finding)", sourceLocation: location)
  #expect(finding.advice?.contains(advice) == true, "\(finding)", sourceLocation: location)
}

/// A port where nobody listens.
func deadPlace() throws -> ContextLocation {
  ContextLocation(address: try RedisAddress(parsing: "redis://127.0.0.1:\(try FreePort.find())"))
}

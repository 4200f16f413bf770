import Conversations
import Diagnostics
import FlagStore
import Foundation
import Redis
import TestSupport
import Testing

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
  ContextLocation(address: try RedisAddress(parsing: "redis://127.0.0.1:\(try FreePort.take())"))
}

extension Layout {
  static var standard: Layout { get throws { try named("turnout") } }
}

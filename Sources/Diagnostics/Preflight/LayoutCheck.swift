package import Conversations
internal import Redis

/// Whether what lies in Redis fits the layout of the contexts.
package enum LayoutCheck {
  package static func check(_ layout: Layout, _ location: ContextLocation, timeout: Duration) -> DiagnosticCheck {
    DiagnosticCheck("Layout", timeout: timeout) { deadline throws(CheckError) in
      var connection = try ServerChecks.connect(location, deadline)
      let objections: [String]
      do throws(RedisError) { objections = try LayoutGuard(layout).objections(&connection) } catch {
        throw CheckError(error, or: "Check the address that --redis or REDIS_URL gives.")
      }
      guard !objections.isEmpty else { return .pass("\(layout.name) fits what is in \(location)") }
      return .fail(
        objections.joined(separator: "; "),
        advice: "turnout migrate and cleanup refuse to run until contexts.layout fits (docs/layouts.md).")
    }
  }
}

internal import Bytes
package import Conversations

/// Whether the migration can read the application's messages: opens the source and asks for the last message of a user
/// that no application has, so that the query is tested without reading anybody's messages.
package enum MessagesCheck {
  /// - Parameter location: nil: none is configured.
  package static func check(
    _ location: MessageLocation?, queries: [ContextRole: MessageQuery] = [:], timeout: Duration
  ) -> DiagnosticCheck {
    DiagnosticCheck("Messages", timeout: timeout) { _ throws(CheckError) in
      guard let location else {
        return .notAsked(
          "not asked", advice: "Give --messages or TURNOUT_MESSAGES, the source of the histories for turnout migrate.")
      }
      return try attempt(location, queries)
    }
  }

  private static func attempt(
    _ location: MessageLocation, _ queries: [ContextRole: MessageQuery]
  ) throws(CheckError) -> CheckOutcome {
    do throws(MessageSourceError) {
      let source = try location.source(queries: queries)
      let nobody = ContextRole.allCases.map { ContextOwner($0, "turnout preflight") }
      _ = try source.last(1, of: nobody)
      guard let line = source.invalidLines.first.first else { return .pass("\(location) is readable") }
      return .warn(
        "\(location) is readable; \(NumberText.count(source.invalidLines.count)) of its lines are invalid, the first is line "
          + "\(line.number): \(line.reason)",
        advice: "turnout migrate skips them. Repair them if they belong to the histories.")
    } catch {
      throw CheckError(
        sentence: "\(location): \(error)",
        or: "Repair that, or give another source with --messages or TURNOUT_MESSAGES.")
    }
  }
}

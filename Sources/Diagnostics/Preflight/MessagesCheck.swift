package import Conversations

/// Whether the migration will be able to read the application's messages: the source is opened, and asked for the last
/// message of a user whom no application has, so that the query is tried and nobody's words are read.
package enum MessagesCheck {
  /// - Parameter place: nil: nothing names one.
  package static func check(_ place: MessageLocation?, query: MessageQuery, limitNanoseconds: UInt64) -> Check {
    Check("Messages", limitNanoseconds: limitNanoseconds) { _ throws(CheckFault) in
      guard let place else {
        return .notAsked(
          "not asked", advice: "Give --messages or TURNOUT_MESSAGES, from which turnout migrate takes the histories.")
      }
      return try attempt(place, query)
    }
  }

  private static func attempt(_ place: MessageLocation, _ query: MessageQuery) throws(CheckFault) -> CheckOutcome {
    do throws(MessageSourceError) {
      let source = try place.source(query: query)
      let nobody = ContextRole.allCases.map { ContextOwner($0, "turnout preflight") }
      _ = try source.last(1, of: nobody)
      guard let line = source.broken.first.first else { return .pass("\(place) can be read") }
      return .warn(
        "\(place) can be read; \(Amount.count(source.broken.count)) of its lines are no messages, the first is line "
          + "\(line.number): \(line.reason)",
        advice: "turnout migrate passes them over. Mend them if they should be in the histories.")
    } catch {
      throw CheckFault(
        sentence: "\(place): \(error)", or: "Mend that, or give another place with --messages or TURNOUT_MESSAGES.")
    }
  }
}

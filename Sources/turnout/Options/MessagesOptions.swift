import ArgumentParser
import Conversations

/// Where the application keeps its messages, for the commands that read them.
struct MessagesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The application's messages: mysql://USER:PASSWORD@HOST/DATABASE, or a file of JSON lines. Default: $TURNOUT_MESSAGES, which keeps the password out of the list of processes.",
      valueName: "address"))
  var messages: String?

  @Option(
    help: ArgumentHelp(
      "Reads user, role, text and time (ms) of one {user} or of {users} of a {channel}, the newest {count} first. Default: for the table of deploy/mysql/messages.sql.",
      valueName: "sql"))
  var messagesQuery: String?

  /// Nil when nothing names one.
  var place: MessageLocation? {
    get throws {
      let (text, origin) =
        messages.map { ($0, "--messages") } ?? (SystemOptions.variable("TURNOUT_MESSAGES") ?? "", "TURNOUT_MESSAGES")
      if text.isEmpty && messages == nil { return nil }
      do throws(MessageLocation.Fault) { return try MessageLocation(parsing: text) } catch {
        throw failure(.configuration, "\(origin): \(error)")
      }
    }
  }

  var query: MessageQuery {
    get throws {
      guard let messagesQuery else { return .standard }
      do throws(MessageQuery.Fault) { return try MessageQuery(messagesQuery) } catch {
        throw failure(.configuration, "--messages-query: \(error)")
      }
    }
  }

  /// Opened; nil when nothing names one.
  var source: (any MessageSource)? {
    get throws {
      guard let place = try place else { return nil }
      let query = try query
      let source: any MessageSource
      do throws(MessageSourceError) { source = try place.source(query: query) } catch {
        throw failure(.failed, "\(place): \(error)")
      }
      if let first = source.broken.first.first {
        Console.complain(
          "warning: \(counted(source.broken.count, "line")) of \(place) are no messages and are passed over; "
            + "line \(first.number): \(first.reason)")
      }
      return source
    }
  }
}

import Conversations

/// The Redis in which a command looked for contexts, told with every result: another one than was meant looks empty.
struct LookedIn {
  let place: ContextLocation

  /// The line above a result; it shows no password.
  static func heading(_ redis: String) -> String { "In \(redis)\n" }

  /// Said on standard error where the command ends as if all were well.
  /// - Parameter what: what there is not one of, such as `legacy context`.
  func sayNothingFound(_ what: String, _ role: ContextRole?) {
    let who = role.map { " of role \($0.rawValue)" } ?? ""
    let text = "There is not one \(what)\(who) in \(place): is it the right one? --redis, REDIS_URL"
    Console.complain(Column.wrapped(text, 80).joined(separator: "\n"))
  }
}

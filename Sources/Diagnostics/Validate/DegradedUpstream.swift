internal import Conversations
package import HTTPClient

/// The application without its Redis, to see that it answers all the same: an instance that somebody has set up so, or
/// one that is started for this, with a Redis address at which nobody listens. The real Redis is never touched.
package enum DegradedUpstream: Sendable, Equatable {
  case url(HTTPEndpoint)
  /// A shell command in which `{port}` stands for where to listen and `{redis}` for the address without a server. Both are
  /// in its variables PORT and REDIS_URL as well.
  case command(String)

  /// Nobody listens there: the port of TCPMUX (RFC 1078), which only root could take.
  static let deadRedis = "redis://127.0.0.1:1"
  private static let messages = 3

  func judge(
    _ user: String, _ requests: ChatRequests, _ probe: ContextProbe, _ limit: TimeLimit
  ) throws(CheckFault) -> CheckOutcome {
    switch self {
    case .url(let place): return try ask(place, user, requests, probe, limit)
    case .command(let command):
      let upstream = try StartedUpstream(command, redis: Self.deadRedis)
      defer { upstream.end() }
      let place = HTTPEndpoint(host: "127.0.0.1", port: upstream.port)
      try upstream.waitUntilItListens(limit)
      return try ask(place, user, requests, probe, limit)
    }
  }

  private func ask(
    _ place: HTTPEndpoint, _ user: String, _ requests: ChatRequests, _ probe: ContextProbe, _ limit: TimeLimit
  ) throws(CheckFault) -> CheckOutcome {
    var requests = requests
    requests.place = place
    var (slowest, saysSo) = (0, true)
    for role in ContextRole.allCases {
      let talk = ChatTalk(ContextOwner(role, user), expecting: nil, requests)
      for number in 1...Self.messages {
        let answer: HTTPResponse
        do throws(CheckFault) {
          answer = try talk.say(ChatTexts.text("degraded", number, of: Self.messages, ChatTexts.tag()), limit)
        } catch {
          throw CheckFault(
            "without Redis: \(error.found)",
            advice: "Catch what the store throws and answer without history, in time; log and count it.")
        }
        saysSo = saysSo && answer.field("X-Turnout-Context-Error") == "1"
      }
      slowest = max(slowest, talk.slowest)
    }
    guard try probe.isUnknown(user, limit) else {
      throw CheckFault(
        "the application at \(place) has its Redis: it has written to \(probe.place)",
        advice: "Start it with a REDIS_URL at which nobody listens, such as \(Self.deadRedis).")
    }
    let found = "\(2 * Self.messages) answers without Redis, at most \(slowest) ms"
    guard saysSo else {
      return .warn(
        "\(found), but nothing tells the proxy",
        advice: "Answer with X-Turnout-Context-Error: 1: then turnout_context_load_errors_total counts it.")
    }
    return .pass(found)
  }
}

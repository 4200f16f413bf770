package import Conversations
package import Flags
package import HTTPClient
internal import Reactor

/// A user who talks to the application through the proxy and expects to be served by one path. For one thread.
package final class ChatTalk {
  package let owner: ContextOwner
  /// Nil: either will do.
  private let expected: Cohort?
  private let requests: ChatRequests
  private let session: HTTPSession
  /// What was said and answered with 200, the oldest first.
  package private(set) var said: [String] = []
  /// Of the last answer, and of the slowest.
  package private(set) var milliseconds = 0
  package private(set) var slowest = 0
  /// Whether answers say which path gave them.
  package private(set) var isStamped = false

  package init(_ owner: ContextOwner, expecting expected: Cohort?, _ requests: ChatRequests) {
    self.owner = owner
    self.expected = expected
    self.requests = requests
    session = HTTPSession(to: requests.place)
  }

  /// As a page that was loaded anew.
  package func reload() { session.close() }

  /// Sends a message and waits for its answer.
  @discardableResult
  package func say(_ message: String, _ limit: TimeLimit) throws(CheckFault) -> HTTPResponse {
    let begin = MonotonicClock.now()
    let answer: HTTPResponse
    do throws(HTTPError) {
      answer = try session.send(
        requests.request(message, from: owner),
        timeout: .nanoseconds(clamping: limit.atMost(requests.timeout.nanoseconds)))
    } catch { throw fault(error) }
    milliseconds = Int(clamping: (MonotonicClock.now() - begin) / 1_000_000)
    slowest = max(slowest, milliseconds)
    guard answer.status == 200 else { throw fault(answer) }
    if let cohort = answer.field("X-Turnout-Cohort") {
      isStamped = true
      if let expected, cohort != expected.description { throw strayed(to: cohort) }
    }
    said.append(message)
    return answer
  }

  // MARK: What goes wrong

  private var ordinal: String { "message \(said.count + 1)" }
  private var servers: String { expected.map { "\($0) servers" } ?? "servers" }

  private func fault(_ fault: HTTPError) -> CheckFault {
    let place = "\(requests.place)\(requests.path(owner.role))"
    switch fault {
    case .unreachable:
      return CheckFault(
        "nobody answers at \(requests.place): \(fault)",
        advice: "Is turnout serve running there? For another place give --proxy URL.")
    case .timedOut:
      return CheckFault(
        "\(ordinal) to \(place): \(fault)",
        advice: "See the log of the \(servers), or give them longer: --timeout 30s.")
    case .closed, .invalidResponse:
      return CheckFault(
        "\(ordinal) to \(place): \(fault)", advice: "Is a proxy there? For another place give --proxy URL.")
    }
  }

  private func fault(_ answer: HTTPResponse) -> CheckFault {
    let body = String(answer.text.prefix(120)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let stamp = answer.field("X-Turnout-Cohort").map { " by \($0)" } ?? ""
    let found = "\(ordinal) was answered \(answer.status)\(stamp)" + (body.isEmpty ? "" : ": \(body)")
    let isClient = owner.role == .client
    switch answer.status {
    case 401, 403:
      let option = isClient ? "--header" : "--admin-header"
      return CheckFault(found, advice: "Give this user's credentials: \(option) 'Authorization: Bearer ...'.")
    case 400, 404, 405, 415, 422:
      let option = isClient ? "--path" : "--admin-path"
      return CheckFault(found, advice: "Say how the application is asked: \(option), --header, --body.")
    default: return CheckFault(found, advice: "See the log of the \(servers), and turnout status.")
    }
  }

  private func strayed(to cohort: String) -> CheckFault {
    CheckFault(
      "\(ordinal) of \(owner.user) was served by \(cohort), not \(expected?.description ?? "")",
      advice: "Does the proxy see the user (--header, user_key) and the same flag? It may be killed locally, or the "
        + "route may have a fixed cohort: turnout status, turnout check.")
  }
}

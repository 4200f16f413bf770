package import Conversations
package import Flags
package import HTTPClient
package import Reactor

/// A user who chats with the application through the proxy and expects responses from one cohort. For one thread.
package final class ChatSession {
  package let owner: ContextOwner
  /// `nil` means any cohort.
  private let expected: Cohort?
  private let requests: ChatRequests
  private let session: HTTPSession
  /// The messages with a response of status 200, oldest first.
  package private(set) var sent: [String] = []
  /// How long the last response took, and the slowest.
  package private(set) var milliseconds = 0
  package private(set) var slowest = 0
  /// Whether responses name the cohort that gave them.
  package private(set) var namesCohort = false

  package init(_ owner: ContextOwner, expecting expected: Cohort?, _ requests: ChatRequests) {
    self.owner = owner
    self.expected = expected
    self.requests = requests
    session = HTTPSession(to: requests.endpoint)
  }

  /// The next message uses a new connection, like a page that is loaded again.
  package func reconnect() { session.close() }

  /// Sends a message and waits for the response.
  @discardableResult
  package func send(_ message: String, _ deadline: Deadline) throws(CheckError) -> HTTPResponse {
    let begin = MonotonicClock.now()
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try session.send(
        requests.request(message, from: owner), timeout: deadline.atMost(requests.timeout).remaining)
    } catch { throw checkError(error) }
    milliseconds = Int(clamping: (MonotonicClock.now() - begin) / 1_000_000)
    slowest = max(slowest, milliseconds)
    guard response.status == 200 else { throw checkError(response) }
    if let cohort = response.field("X-Turnout-Cohort") {
      namesCohort = true
      if let expected, cohort != expected.description { throw misrouted(to: cohort) }
    }
    sent.append(message)
    return response
  }

  // MARK: Errors

  private var ordinal: String { "message \(sent.count + 1)" }
  private var servers: String { expected.map { "\($0) servers" } ?? "servers" }

  private func checkError(_ error: HTTPError) -> CheckError {
    let target = "\(requests.endpoint)\(requests.path(owner.role))"
    switch error {
    case .unreachable:
      return CheckError(
        "\(requests.endpoint) is unreachable: \(error)",
        advice: "Is turnout serve running there? For another address give --proxy URL.")
    case .timedOut:
      return CheckError(
        "\(ordinal) to \(target): \(error)",
        advice: "See the log of the \(servers), or allow more time: --timeout 30s.")
    case .closed, .invalidResponse:
      return CheckError(
        "\(ordinal) to \(target): \(error)", advice: "Is that a proxy? For another address give --proxy URL.")
    }
  }

  private func checkError(_ response: HTTPResponse) -> CheckError {
    let body = String(response.text.prefix(120)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let cohort = response.field("X-Turnout-Cohort").map { " from \($0)" } ?? ""
    let found = "\(ordinal) got status \(response.status)\(cohort)" + (body.isEmpty ? "" : ": \(body)")
    let isClient = owner.role == .client
    switch response.status {
    case 401, 403:
      let option = isClient ? "--header" : "--admin-header"
      return CheckError(found, advice: "Give this user's credentials: \(option) 'Authorization: Bearer ...'.")
    case 400, 404, 405, 415, 422:
      let option = isClient ? "--path" : "--admin-path"
      return CheckError(found, advice: "Describe the application's requests: \(option), --header, --body.")
    default: return CheckError(found, advice: "See the log of the \(servers), and turnout status.")
    }
  }

  private func misrouted(to cohort: String) -> CheckError {
    CheckError(
      "\(ordinal) of \(owner.user) was served by \(cohort), not \(expected?.description ?? "")",
      advice: "Does the proxy see the user (--header, user_key) and the same flag? It may be killed locally, or the "
        + "route may have a fixed cohort: turnout status, turnout check.")
  }
}

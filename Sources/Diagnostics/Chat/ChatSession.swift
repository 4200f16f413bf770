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
  /// The id that the last response named. The next message carries it, where the application reads one.
  package private(set) var conversation: ConversationID?
  private let users: TestUsers?

  /// - Parameters:
  ///   - conversation: the one to continue.
  ///   - users: note the conversations that responses name.
  package init(
    _ owner: ContextOwner, expecting expected: Cohort?, _ requests: ChatRequests,
    continuing conversation: ConversationID? = nil, noting users: TestUsers? = nil
  ) {
    self.owner = owner
    self.expected = expected
    self.requests = requests
    self.conversation = conversation
    self.users = users
    session = HTTPSession(to: requests.endpoint)
  }

  /// The next message uses a new connection, like a page that is loaded again.
  package func reconnect() { session.close() }

  /// Sends a message and waits for the response.
  @discardableResult
  package func send(_ message: String, _ deadline: Deadline) throws(CheckError) -> HTTPResponse {
    let request = requests.request(
      message, from: owner, login: try login(deadline), continuing: conversation?.text)
    let begin = MonotonicClock.now()
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try session.send(request, timeout: deadline.atMost(requests.timeout).remaining)
    } catch { throw checkError(error) }
    milliseconds = Int(clamping: (MonotonicClock.now() - begin) / 1_000_000)
    slowest = max(slowest, milliseconds)
    guard response.status == 200 else { throw checkError(response) }
    if let cohort = response.field("X-Turnout-Cohort") {
      namesCohort = true
      if let expected, cohort != expected.description { throw misrouted(to: cohort) }
    }
    try read(response)
    sent.append(message)
    return response
  }

  private func login(_ deadline: Deadline) throws(CheckError) -> [HTTPField] {
    try requests.logins.fields(of: owner.user, at: requests.endpoint, timeout: requests.timeout, deadline)
  }

  /// The members that the settings name must be in the response.
  private func read(_ response: HTTPResponse) throws(CheckError) {
    let chat = requests[owner.role]
    func text(_ path: MemberPath, _ key: String) throws(CheckError) -> String {
      if let value = path.found(in: response.body), value.first == UInt8(ascii: "\""),
        case let text = JSONBytes.string(value[...]), !text.isEmpty
      {
        return text
      }
      throw CheckError(
        "\(ordinal) of \(owner.user): the response has no text in \(path.text)",
        advice: "Set chat.\(owner.role.rawValue).response.\(key) to the member of your application.")
    }
    if let path = chat.reply { _ = try text(path, "reply") }
    guard let path = chat.conversation else { return }
    conversation = ConversationID(try text(path, "conversation"))
    if let conversation { users?.add(row: conversation, of: owner.role) }
  }

  /// Asks the application who this user is to it, where the settings say how: another user's session must not be served.
  package func verifyUser(_ deadline: Deadline) throws(CheckError) {
    guard let identity = requests.identity else { return }
    let fields = requests.fields(of: owner, try login(deadline))
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try session.send(
        HTTPRequest("GET", identity.path, fields: fields), timeout: deadline.atMost(requests.timeout).remaining)
    } catch { throw checkError(error) }
    let found = identity.member.found(in: response.body).map { value in
      value.first == UInt8(ascii: "\"") ? JSONBytes.string(value[...]) : String(decoding: value, as: UTF8.self)
    }
    guard response.status == 200, let found else {
      throw CheckError(
        "GET \(identity.path) of \(owner.user) got status \(response.status) without \(identity.member.text)",
        advice: "Is the user logged in (--user, chat.login), and chat.identity right?")
    }
    guard found == owner.user else {
      throw CheckError(
        "\(owner.user) was served the session of another user: GET \(identity.path) says \(identity.member.text) is \(found)",
        advice: "Is the login that of this user (--user, chat.login)? If it is, users see each other's data: stop, and "
          + "look for a cache or a shared connection in front of the application.")
    }
  }

  // MARK: Errors

  private var ordinal: String { "message \(sent.count + 1)" }
  private var servers: String { expected.map { "\($0) servers" } ?? "servers" }

  private func checkError(_ error: HTTPError) -> CheckError {
    let target = "\(requests.endpoint)\(requests[owner.role].path)"
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
      return CheckError(
        found,
        advice:
          "Give this user's credentials: \(option) 'Authorization: Bearer ...', --user 'ID=Cookie: ...' or chat.login.")
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

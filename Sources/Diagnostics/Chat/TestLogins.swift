package import Conversations
package import HTTPClient
internal import Reactor
internal import Synchronization

/// The logins of the test users: the header fields that go with each request of a user. They are given, or taken from the
/// response to a login request, once a run.
package final class TestLogins: Sendable {
  private let given: [String: [HTTPField]]
  private let request: LoginRequest?
  private let known = Mutex<[String: [HTTPField]]>([:])

  /// - Parameters:
  ///   - given: by user.
  ///   - request: for the users without one; nil: they need no login.
  package init(given: [String: [HTTPField]] = [:], request: LoginRequest? = nil) {
    self.given = given
    self.request = request
  }

  /// Of this user. It never shows a password, a cookie or a token.
  func fields(
    of user: String, at endpoint: HTTPEndpoint, timeout: Duration, _ deadline: Deadline
  ) throws(CheckError) -> [HTTPField] {
    if let fields = given[user] ?? known.withLock({ $0[user] }) { return fields }
    guard let request else { return [] }
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try HTTPSession(to: endpoint).send(
        request.message(for: user), timeout: deadline.atMost(timeout).remaining)
    } catch {
      throw CheckError(
        "the login of \(user) at \(endpoint)\(request.path): \(error)",
        advice: "Is the proxy there, and chat.login right?")
    }
    let fields = try request.fields(of: user, response)
    known.withLock { $0[user] = fields }
    return fields
  }
}

/// A request that logs a user in. `{user}` stands for the id of the user, `{login}` for the name to log in with, and in the
/// body `{password}` for the password.
package struct LoginRequest: Sendable {
  package var method = "POST"
  package var path: String
  package var fields = [HTTPField("Content-Type", "application/json")]
  package var body: String
  package var password: String?
  /// The member of the response with a bearer token; nil: the login is in its cookies.
  package var token: MemberPath?
  /// What users log in with, by id; the id itself for others.
  package var names: [String: String] = [:]

  package init(path: String, body: String) {
    self.path = path
    self.body = body
  }

  func message(for user: String) -> HTTPRequest {
    let isForm = fields.contains { $0.name.lowercased() == "content-type" && $0.value.contains("form-urlencoded") }
    let name = names[user] ?? user
    func filled(_ text: String, _ written: (String) -> String) -> String {
      text.replacing("{user}", with: written(user)).replacing("{login}", with: written(name))
    }
    let written = isForm ? Self.percentEncoded : ChatRequests.inJSON
    return HTTPRequest(
      method, path, fields: fields.map { HTTPField($0.name, filled($0.value) { $0 }) },
      body: Array(filled(body, written).replacing("{password}", with: written(password ?? "")).utf8))
  }

  /// All but the unreserved characters of RFC 3986.
  private static func percentEncoded(_ text: String) -> String {
    text.utf8.map { byte in
      let isPlain =
        byte < 0x80 && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber)
      if isPlain || "-._~".utf8.contains(byte) { return String(Unicode.Scalar(byte)) }
      return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
  }

  /// What later requests must carry. A login form responds with a redirection.
  func fields(of user: String, _ response: HTTPResponse) throws(CheckError) -> [HTTPField] {
    guard (200..<400).contains(response.status) else {
      throw CheckError(
        "the login of \(user) got status \(response.status)",
        advice: "Check chat.login in turnout.yaml, the password, and the user's login in chat.users.")
    }
    if let token {
      guard let value = token.found(in: response.body), value.first == UInt8(ascii: "\""),
        case let text = JSONBytes.string(value[...]), ChatRequests.isValue(text)
      else {
        throw CheckError(
          "the response to the login of \(user) has no text in \(token.text)",
          advice: "Set chat.login.token to the member with the token, or remove it if the login is a cookie.")
      }
      return [HTTPField("Authorization", "Bearer \(text)")]
    }
    let cookies = response.fields.filter { $0.name.lowercased() == "set-cookie" }.map { $0.value.prefix { $0 != ";" } }
    guard !cookies.isEmpty else {
      throw CheckError(
        "the response to the login of \(user) sets no cookie",
        advice: "Is the password right? For a token in the body set chat.login.token.")
    }
    return [HTTPField("Cookie", cookies.joined(separator: "; "))]
  }
}

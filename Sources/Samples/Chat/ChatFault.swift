internal import Flags
internal import JSON
internal import LocalServer

/// Why a chat request is not answered.
enum ChatFault: Error, Equatable {
  case wrongMethod, noUser, notAdmin, noBody, noMessage, emptyMessage, messageTooLong

  var status: Int {
    switch self {
    case .wrongMethod: 405
    case .noUser: 401
    case .notAdmin: 403
    case .messageTooLong: 413
    case .noBody, .noMessage, .emptyMessage: 400
    }
  }

  var explanation: String {
    switch self {
    case .wrongMethod: "A chat message is sent with POST."
    case .noUser: "Nobody is signed in; send X-User-Id: 42, or Authorization: Bearer client.42."
    case .notAdmin: "The assistant is for the shop; send Authorization: Bearer admin.7."
    case .noBody: "The request has no body; send {\"message\": \"Hello\"}."
    case .noMessage: "The body is no JSON object with a text \"message\"; send {\"message\": \"Hello\"}."
    case .emptyMessage: "The message is empty; send {\"message\": \"Hello\"}."
    case .messageTooLong: "The message is longer than \(ChatMessage.maximumBytes) bytes."
    }
  }

  func response(_ cohort: Cohort) -> Response {
    var response = Response.json(
      JSONText.body(Document(error: explanation, servedBy: cohort.description)), status: status)
    switch self {
    case .wrongMethod: response.headers.append(Header("Allow", "POST"))
    case .noUser: response.headers.append(Header("WWW-Authenticate", "Bearer"))
    default: break
    }
    return response
  }

  struct Document: Codable {
    var error: String
    var servedBy: String

    enum CodingKeys: String, CodingKey {
      case error
      case servedBy = "served_by"
    }
  }
}

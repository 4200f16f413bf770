internal import Flags
internal import FoundationEssentials
internal import JSON
internal import LocalServer

/// Why a chat request is refused.
enum ChatError: Error, Equatable {
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
    case .wrongMethod: "Send a chat message with POST."
    case .noUser: "The request names no user; send X-User-Id: 42, or Authorization: Bearer client.42."
    case .notAdmin: "The assistant is for staff; send Authorization: Bearer admin.7."
    case .noBody: "The request has no body; send {\"message\": \"Hello\"}."
    case .noMessage: "The body is not a JSON object with a string \"message\"; send {\"message\": \"Hello\"}."
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

/// The body of a chat request: {"message": "..."}; other members are ignored.
struct ChatMessage: Codable {
  var message: String

  /// Bounds the size of a context.
  static let maximumBytes = 4_096

  static func read(_ body: [UInt8]) throws(ChatError) -> String {
    guard !body.isEmpty else { throw .noBody }
    guard let document = try? JSONDecoder().decode(ChatMessage.self, from: Data(body)) else { throw .noMessage }
    guard document.message.contains(where: { !$0.isWhitespace }) else { throw .emptyMessage }
    guard document.message.utf8.count <= maximumBytes else { throw .messageTooLong }
    return document.message
  }
}

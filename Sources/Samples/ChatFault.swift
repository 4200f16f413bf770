internal import Flags
internal import LocalServer

/// Why a chat request is not answered.
enum ChatFault: Error, Equatable {
  case wrongMethod, noBody, noMessage, emptyMessage, messageTooLong

  var status: Int {
    switch self {
    case .wrongMethod: 405
    case .messageTooLong: 413
    case .noBody, .noMessage, .emptyMessage: 400
    }
  }

  var explanation: String {
    switch self {
    case .wrongMethod: "A chat message is sent with POST."
    case .noBody: "The request has no body; send {\"message\": \"Hello\"}."
    case .noMessage: "The body is no JSON object with a text \"message\"; send {\"message\": \"Hello\"}."
    case .emptyMessage: "The message is empty; send {\"message\": \"Hello\"}."
    case .messageTooLong: "The message is longer than \(ChatMessage.maximumBytes) bytes."
    }
  }

  func response(_ cohort: Cohort) -> Response {
    .json(SampleJSON.of(Document(error: explanation, servedBy: cohort.description)), status: status)
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

internal import JSON
internal import LocalServer

/// The body of an answer that is no success: what is wrong, and where to look instead.
struct ErrorDocument: Codable, Equatable {
  var error: String
  var paths: [String]? = nil

  enum CodingKeys: String, CodingKey {
    case error
    case paths = "try"
  }

  func response(status: Int) -> Response { .json(JSONText.body(self), status: status) }
}

internal import FlagStore
internal import JSON

/// Whom an evaluation is about: `{"context": {"targetingKey": "anna"}}`. Other members are for other systems.
struct EvaluationContext {
  let user: String

  init(_ body: [UInt8]) throws(EvaluationFault) {
    let root: JSONNode
    do throws(JSONError) { root = try JSONReader.read(body) } catch {
      throw .parseError("the body is no JSON: found \(error.found), expected \(error.expected)")
    }
    guard case .object(let members) = root.value else { throw .parseError("the body is no object") }
    guard let context = try Self.member("context", of: members) else { throw .targetingKeyMissing }
    guard case .object(let members) = context else { throw .invalidContext("context is no object") }
    guard let key = try Self.member("targetingKey", of: members) else { throw .targetingKeyMissing }
    guard case .string(let user) = key else { throw .invalidContext("targetingKey is no text") }
    guard !user.isEmpty else { throw .targetingKeyMissing }
    guard user.utf8.count <= FlagLimits.userBytes else {
      throw .invalidContext("targetingKey has \(user.utf8.count) bytes, at most \(FlagLimits.userBytes) are a user key")
    }
    self.user = user
  }

  private static func member(_ name: String, of members: [JSONMember]) throws(EvaluationFault) -> JSONValue? {
    let found = members.filter { $0.name == name }
    guard found.count <= 1 else { throw .parseError("\(name) is there twice") }
    return found.first?.node.value
  }
}

/// What is wrong with a request for an evaluation.
enum EvaluationFault: Error {
  case parseError(String)
  case invalidContext(String)
  case targetingKeyMissing

  func failure(key: String?) -> EvaluationFailure {
    switch self {
    case .parseError(let details): EvaluationFailure(key: key, errorCode: "PARSE_ERROR", errorDetails: details)
    case .invalidContext(let details): EvaluationFailure(key: key, errorCode: "INVALID_CONTEXT", errorDetails: details)
    case .targetingKeyMissing:
      EvaluationFailure(
        key: key, errorCode: "TARGETING_KEY_MISSING",
        errorDetails: "context.targetingKey is missing; it is the user key, such as the proxy finds in a request")
    }
  }
}

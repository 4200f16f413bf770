internal import Bytes
internal import Concurrency
internal import FlagStore
internal import Flags
internal import JSON
internal import LocalServer

// OFREP (OpenFeature Remote Evaluation Protocol 0.3): applications ask for a user's cohort, with any OpenFeature client.
extension AdminView {
  var evaluationRoutes: [AdminRoute] {
    [
      AdminRoute("POST", "/ofrep/v1/evaluate/flags/{key}", .asks) { evaluate($0) },
      AdminRoute("POST", "/ofrep/v1/evaluate/flags", .asks) { evaluateAll($0) },
    ]
  }

  private func evaluate(_ call: AdminCall) -> Response {
    let snapshot = flags.load()
    guard let index = snapshot.flags.firstIndex(where: { $0.name == call.key }) else {
      let known = snapshot.flags.prefix(20).map(\.name).joined(separator: ", ")
      let failure = EvaluationFailure(
        key: call.key, errorCode: "FLAG_NOT_FOUND",
        errorDetails: "no route uses a flag of that name; flags in use: \(known)")
      return .json(JSONText.body(failure), status: 404)
    }
    do throws(EvaluationError) {
      let context = try EvaluationContext(call.request.body)
      return .json(JSONText.body(FlagEvaluation(snapshot, flag: index, user: context.user)))
    } catch {
      return .json(JSONText.body(error.failure(key: call.key)), status: 400)
    }
  }

  private func evaluateAll(_ call: AdminCall) -> Response {
    do throws(EvaluationError) {
      let context = try EvaluationContext(call.request.body)
      let body = JSONText.body(BulkEvaluation(flags.load(), user: context.user))
      let tag = EntityTag.of(call.request.body, body)
      var response = Response.json(body)
      if EntityTag.isMatched(by: call.request.values(of: "if-none-match"), tag) { response.status = 304 }
      response.headers.append(Header("ETag", tag))
      return response
    } catch {
      return .json(JSONText.body(error.failure(key: nil)), status: 400)
    }
  }
}

/// Entity tags (RFC 9110 8.8.3).
enum EntityTag {
  /// The tag of a response that depends on its request. It changes with either, and so with the generation, which the
  /// response holds.
  static func of(_ request: [UInt8], _ response: [UInt8]) -> String {
    let parts = [request, response].flatMap { bytes in [UInt32(0), 1].map { hash(bytes, seed: $0) } }
    return "\"" + parts.map { String($0, radix: 16) }.joined(separator: "-") + "\""
  }

  private static func hash(_ bytes: [UInt8], seed: UInt32) -> UInt32 {
    unsafe Murmur3(seed: seed).hash(bytes.span.bytes)
  }

  /// Whether If-None-Match holds the tag, by weak comparison (RFC 9110 13.1.2).
  static func isMatched(by lines: [String], _ tag: String) -> Bool {
    lines.joined(separator: ",").split(separator: ",").contains { part in
      let name = part.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
      let text = String(name)
      return text == "*" || text == tag || text == "W/" + tag
    }
  }
}

/// The user of an evaluation: `{"context": {"targetingKey": "anna"}}`. Other members are for other systems.
struct EvaluationContext {
  let user: String

  init(_ body: [UInt8]) throws(EvaluationError) {
    let root: JSONNode
    do throws(JSONError) { root = try JSONReader.read(body) } catch {
      throw .parseError("the body is not JSON: found \(error.found), expected \(error.expected)")
    }
    guard case .object(let members) = root.value else { throw .parseError("the body is not an object") }
    guard let context = try Self.member("context", of: members) else { throw .targetingKeyMissing }
    guard case .object(let members) = context else { throw .invalidContext("context is not an object") }
    guard let key = try Self.member("targetingKey", of: members) else { throw .targetingKeyMissing }
    guard case .string(let user) = key else { throw .invalidContext("targetingKey is not a string") }
    guard !user.isEmpty else { throw .targetingKeyMissing }
    guard user.utf8.count <= FlagLimits.userBytes else {
      throw .invalidContext("targetingKey has \(user.utf8.count) bytes; a user key has at most \(FlagLimits.userBytes)")
    }
    self.user = user
  }

  private static func member(_ name: String, of members: [JSONMember]) throws(EvaluationError) -> JSONValue? {
    let found = members.filter { $0.name == name }
    guard found.count <= 1 else { throw .parseError("\(name) occurs twice") }
    return found.first?.node.value
  }
}

/// What is wrong with an evaluation request.
enum EvaluationError: Error {
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
        errorDetails: "context.targetingKey is missing; it holds the user key that the proxy reads from requests")
    }
  }
}

/// A flag for one user, in the terms of OFREP.
struct FlagEvaluation: Encodable, Equatable {
  struct Metadata: Encodable, Equatable {
    /// 0 to 99,999.
    var bucket: Int
    var cohort: String
    /// The generation of the flags in force.
    var generation: UInt64
    /// 0 to 100. A killed flag keeps it.
    var percentage: Double
    var revision: Int
  }

  var key: String
  /// Whether the user is in unified.
  var value: Bool
  var reason: String
  /// The cohort.
  var variant: String
  var metadata: Metadata

  /// Makes the same decision as a worker.
  init(_ snapshot: FlagSnapshot, flag index: Int, user: String) {
    let flag = snapshot.flags[index]
    let bytes = Array(user.utf8)
    let decision = unsafe snapshot.decide(flag: index, user: bytes.span.bytes)
    key = flag.name
    value = decision.cohort == .unified
    reason = Self.reason(decision.reason, flag.percentage)
    variant = decision.cohort.description
    metadata = Metadata(
      bucket: Int(decision.bucket), cohort: decision.cohort.description, generation: snapshot.generation,
      percentage: flag.percentage.number, revision: flag.revision)
  }

  /// The resolution reasons of OpenFeature (specification, types).
  private static func reason(_ reason: DecisionReason, _ percentage: Percentage) -> String {
    switch reason {
    case .disabled: "DISABLED"
    case .denied, .allowed: "TARGETING_MATCH"
    case .bucketBelow, .bucketAbove: percentage == .zero || percentage == .full ? "STATIC" : "SPLIT"
    case .anonymous, .anonymousAtFull: "DEFAULT"
    }
  }
}

/// All flags for one user.
struct BulkEvaluation: Encodable {
  struct Metadata: Encodable {
    var generation: UInt64
  }

  var flags: [FlagEvaluation]
  var metadata: Metadata

  init(_ snapshot: FlagSnapshot, user: String) {
    flags = snapshot.flags.indices.map { FlagEvaluation(snapshot, flag: $0, user: user) }
    metadata = Metadata(generation: snapshot.generation)
  }
}

/// An evaluation that failed.
struct EvaluationFailure: Encodable {
  /// The flag; nil when all were requested.
  var key: String?
  var errorCode: String
  var errorDetails: String
}

internal import Bytes
internal import Concurrency
internal import Flags
internal import JSON
internal import LocalServer

// OFREP: applications ask which way a user goes, with any OpenFeature client.
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
        errorDetails: "no route asks a flag of that name; there are \(known)")
      return .json(JSONText.body(failure), status: 404)
    }
    do throws(EvaluationFault) {
      let context = try EvaluationContext(call.request.body)
      return .json(JSONText.body(FlagEvaluation(snapshot, flag: index, user: context.user)))
    } catch {
      return .json(JSONText.body(error.failure(key: call.key)), status: 400)
    }
  }

  private func evaluateAll(_ call: AdminCall) -> Response {
    do throws(EvaluationFault) {
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
  /// Of an answer that depends on what was sent. It changes with either, and so with the generation, which the answer
  /// tells.
  static func of(_ request: [UInt8], _ answer: [UInt8]) -> String {
    let parts = [request, answer].flatMap { bytes in [UInt32(0), 1].map { hash(bytes, seed: $0) } }
    return "\"" + parts.map { String($0, radix: 16) }.joined(separator: "-") + "\""
  }

  private static func hash(_ bytes: [UInt8], seed: UInt32) -> UInt32 {
    unsafe Murmur3(seed: seed).hash(bytes.span.bytes)
  }

  /// Whether If-None-Match names it: the weak comparison (RFC 9110 13.1.2).
  static func isMatched(by lines: [String], _ tag: String) -> Bool {
    lines.joined(separator: ",").split(separator: ",").contains { part in
      let name = part.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
      let text = String(name)
      return text == "*" || text == tag || text == "W/" + tag
    }
  }
}

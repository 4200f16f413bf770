internal import Conversations
internal import Flags
internal import JSON
internal import LocalServer
internal import Reactor

/// The responses of a sample server.
struct SamplePages: Sendable {
  let chat: Chat
  /// `nil` means the store never blocks and runs on the server's thread.
  let jobs: JobQueue?
  let delay: Duration

  private var cohort: Cohort { chat.cohort }

  func respond(_ request: Request) -> Reply {
    switch request.path {
    case "/api/chat": run { chat.respond(request, .client) }
    case "/admin/assistant/chat": run { chat.respond(request, .admin) }
    case "/events": .now(delayed(events(request)))
    case "/counts": .now(delayed(.json(JSONText.body(chat.tally.counts))))
    default: .now(delayed(page(request)))
    }
  }

  private func run(_ work: @escaping @Sendable () -> Response) -> Reply {
    guard let jobs else { return .now(delayed(work())) }
    return jobs.run { delayed(work()) }
  }

  private func delayed(_ response: Response) -> Response {
    var response = response
    response.delay = delay
    return response
  }

  private func page(_ request: Request) -> Response { .json(JSONText.body(SamplePage(request, cohort))) }

  private static let eventPause = Duration.milliseconds(500)
  private static let eventCount = 5

  private func events(_ request: Request) -> Response {
    let data = String(decoding: JSONText.body(SamplePage(request, cohort)), as: UTF8.self)
    let pieces = (1...Self.eventCount).map { number in
      Response.Piece(
        after: number == 1 ? .zero : Self.eventPause,
        Array("id: \(number)\nevent: served\ndata: \(data)\n".utf8))
    }
    return Response(
      contentType: "text/event-stream", headers: [Header("Cache-Control", "no-store")], body: .pieces(pieces))
  }
}

/// Which cohort served a request, and what the proxy added to it.
struct SamplePage: Codable, Equatable {
  var servedBy: String
  var method: String
  var path: String
  var user: String?
  /// X-Turnout-Cohort; if it differs from `servedBy`, the routing is wrong.
  var decidedCohort: String?
  var flag: String?
  var generation: UInt64?
  var requestID: String?

  init(_ request: Request, _ cohort: Cohort) {
    servedBy = cohort.description
    method = request.method
    path = request.path
    user = request.header("x-user-id")
    decidedCohort = request.header("x-turnout-cohort")
    flag = request.header("x-turnout-flag")
    generation = request.header("x-turnout-generation").flatMap { UInt64($0) }
    requestID = request.header("x-request-id")
  }

  enum CodingKeys: String, CodingKey {
    case method, path, user, flag, generation
    case servedBy = "served_by"
    case decidedCohort = "decided_cohort"
    case requestID = "request_id"
  }
}

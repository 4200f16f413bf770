internal import Conversations
internal import Flags
internal import JSON
internal import LocalServer

/// What a sample upstream answers.
struct SamplePages: Sendable {
  let chat: Chat
  /// Nil: the store never waits, and is asked on the server's thread.
  let jobs: JobQueue?
  let delayNanoseconds: UInt64

  private var cohort: Cohort { chat.cohort }

  func answer(_ request: Request) -> Reply {
    switch request.path {
    case "/api/chat": done { chat.answer(request, .client) }
    case "/admin/assistant/chat": done { chat.answer(request, .admin) }
    case "/events": .now(delayed(events(request)))
    case "/counts": .now(delayed(.json(JSONText.body(chat.tally.counts))))
    default: .now(delayed(page(request)))
    }
  }

  private func done(_ work: @escaping @Sendable () -> Response) -> Reply {
    guard let jobs else { return .now(delayed(work())) }
    return jobs.run { delayed(work()) }
  }

  private func delayed(_ response: Response) -> Response {
    var response = response
    response.delayNanoseconds = delayNanoseconds
    return response
  }

  private func page(_ request: Request) -> Response { .json(JSONText.body(SamplePage(request, cohort))) }

  /// Between two events, in nanoseconds.
  private static let eventPause: UInt64 = 500_000_000
  private static let eventCount = 5

  private func events(_ request: Request) -> Response {
    let data = String(decoding: JSONText.body(SamplePage(request, cohort)), as: UTF8.self)
    let pieces = (1...Self.eventCount).map { number in
      Response.Piece(
        after: number == 1 ? 0 : Self.eventPause, Array("id: \(number)\nevent: served\ndata: \(data)\n".utf8))
    }
    return Response(
      contentType: "text/event-stream", headers: [Header("Cache-Control", "no-store")], body: .pieces(pieces))
  }
}

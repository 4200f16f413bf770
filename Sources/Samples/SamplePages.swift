internal import Flags
internal import LocalServer

/// What a sample upstream answers.
struct SamplePages: Sendable {
  let cohort: Cohort
  private let memory: ConversationMemory

  init(_ cohort: Cohort) {
    self.cohort = cohort
    memory = ConversationMemory(cohort)
  }

  func answer(_ request: Request) -> Response {
    switch request.path {
    case "/api/chat": chat(request, .customer)
    case "/admin/assistant/chat": chat(request, .admin)
    case "/events": events(request)
    default: page(request)
    }
  }

  private func chat(_ request: Request, _ role: ChatRole) -> Response {
    guard request.method == "POST" else {
      var response = ChatFault.wrongMethod.response(cohort)
      response.headers.append(Header("Allow", "POST"))
      return response
    }
    let message: String
    do throws(ChatFault) { message = try ChatMessage.read(request.body) } catch { return error.response(cohort) }
    let user = request.header("x-user-id")
    let conversation = memory.add(message, role: role, user: user)
    var reply = ChatReply(page: SamplePage(request, cohort), role: role, message: message, conversation: conversation)
    reply.sayWhatIsKnown()
    return .json(SampleJSON.of(reply))
  }

  private func page(_ request: Request) -> Response { .json(SampleJSON.of(SamplePage(request, cohort))) }

  /// Between two events, in nanoseconds.
  private static let eventPause: UInt64 = 500_000_000
  private static let eventCount = 5

  private func events(_ request: Request) -> Response {
    let data = String(decoding: SampleJSON.of(SamplePage(request, cohort)), as: UTF8.self)
    let pieces = (1...Self.eventCount).map { number in
      Response.Piece(
        after: number == 1 ? 0 : Self.eventPause, Array("id: \(number)\nevent: served\ndata: \(data)\n".utf8))
    }
    return Response(
      contentType: "text/event-stream", headers: [Header("Cache-Control", "no-store")], body: .pieces(pieces))
  }
}
